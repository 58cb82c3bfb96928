--- Specs of the cores under valgrind, for as long as they take. Not those of the pool, nor of
--- fetches in workers: valgrind 3.19 has no pidfd_open, without which no pool begins.

local apart = require("spec.torture.apart")
local shell = require("spec.torture.shell")

local CORES <const> = { "fetch", "graph", "hashset", "ints", "memo", "message", "parcel" }
local LINE <const> = "valgrind --leak-check=full --errors-for-leak-kinds=definite"
  .. " --child-silent-after-fork=yes build/release/perilune test %s"

local function missing()
  if shell.run("command -v valgrind") then return nil end
  return "valgrind is missing: apt-get install valgrind"
end

-- A block that is lost is an error, too.
local function errors_in(output)
  local count = output:match("ERROR SUMMARY: ([%d,]+) errors")
  return count and math.tointeger(tonumber((count:gsub(",", ""))))
end

local function run(_, rows)
  local files = apart.specs_of(CORES, { fetch_end = true })
  rows[#rows + 1] = apart.run(LINE, files, errors_in, "examples under valgrind",
    "errors, blocks that are lost included")
end

return { name = "valgrind", builds = { "release" }, missing = missing, run = run }
