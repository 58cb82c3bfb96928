--- `perilune watch` for a time, while its exercise is saved each second, right and wrong in turn:
---
---     perilune spec/cli/watch_soak.lua [SECONDS]
---
--- Each save gets its verdict; after a first tenth the program holds no more memory, descriptors
--- and processes than at the end. Exits with 1 when something is wrong.
package.path = "./?.lua;" .. package.path
local at_once = require("spec.cli.at_once")
local clock = require("perilune.clock")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local levels = require("spec.torture.levels")
local live = require("spec.cli.live")
local processes = require("spec.native.processes")
local program = require("spec.cli.program")

local SECONDS <const> = tonumber(arg[1] or 3600)
local SAVES <const> = math.max(10, math.floor(SECONDS)) -- one a second
local NOTED <const> = { [SAVES // 10] = true, [SAVES // 2] = true, [SAVES] = true }

-- What is saved, and the line that its check ends with.
local SAVED <const> = {
  [0] = { text = "return { find_duplicates = function() return {} end }\n",
    verdict = "0 of 1 passed" },
  { text = assert(files.read(exercises .. "/02-duplicates/reference/solution.lua")),
    verdict = "1 of 1 passed" },
}

local function start(root)
  local folder, variables = root .. "/work", { PERILUNE_EXERCISES = at_once(root, { [2] = "" }) }
  assert(files.make_folder(folder))
  assert(program.run({ "start", "2" }, folder, variables).code == 0)
  local watch = live.piped({ "watch" }, { folder = folder, variables = variables })
  watch:await("next: write it")
  return watch, folder .. "/02-duplicates/solution.lua"
end

local function save(watch, path, n)
  local saved = SAVED[n % 2]
  watch.out, watch.seen = "", 1
  assert(files.write(path, saved.text))
  watch:await(saved.verdict)
  watch:await("next:")
end

local root = program.folder()
local watch, path = start(root)
local held = levels.new(watch.pid, 2 * 3) -- pipes of judges that come and go
local begin, started = clock.now(), nil
for n = 1, SAVES do
  save(watch, path, n)
  clock.sleep(math.max(0, begin + n - clock.now()))
  if NOTED[n] then held:note() end
  if n == SAVES // 10 then started = #processes.children(nil, watch.pid) end
end
local left = #processes.children(nil, watch.pid) - started
local code = watch:finish()
program.remove(root)
print(SAVES .. " saves")
assert(held:report())
assert(left <= 0, "processes are left")
assert(code == 0, "it ended with " .. code)
