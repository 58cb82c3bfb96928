--- Makes the traces beside this file anew, from this repository's own build and tests.
---
---     make.lua [build | lines | memory]...
---
--- build   the files that a clean build of what is in C opens or looks for, in order: the paths of
---         the openat calls of `ninja -j1` and all that it starts. Needs strace.
--- lines   the lines of Lua that `perilune test` runs on one spec, in order, the first 400,000.
--- memory  the 64-byte lines of memory that `perilune test` reads and writes on one spec: 300,000
---         after the first 2,000,000, which are the start of the program and of busted. An access
---         to the line of the access before it counts as none. Needs valgrind.
---
--- The format is told in spec/bench/trace.lua. What was traced is in no file: a name stands for
--- itself only while its trace is made. The repository changes, and the traces with it: those here
--- are of one day, and measurements go with them.
local trace = require("spec.bench.trace")
local uv = require("luv")

local FOLDER <const> = "spec/bench/traces/"
local LINES <const> = 400000
local SKIPPED <const>, ACCESSES <const> = 2000000, 300000
local LINE_BITS <const> = 6

local quoted = require("perilune.shell").quoted

local function run(command, ...)
  assert(os.execute(command:format(...)), "a command failed")
end

-- Calls fn with the path of a folder that is removed afterwards.
local function in_folder(fn)
  local folder = quoted(assert(uv.fs_mkdtemp(uv.os_tmpdir() .. "/perilune-XXXXXX")))
  local ok, ids, distinct = pcall(fn, folder)
  run("rm -rf %s", folder)
  if not ok then error(ids, 0) end
  return ids, distinct
end

local make = {}

function make.build()
  return in_folder(function(folder)
    run("cmake --preset release -B %s/build >%s/log", folder, folder)
    run("ninja -C %s/build web >%s/log", folder, folder)
    run("strace -f -qq -e trace=openat -e signal=none -o %s/calls ninja -C %s/build -j1 >%s/log",
      folder, folder, folder)
    local calls <close> = assert(io.popen(("cat %s/calls"):format(folder)))
    local lines = calls:lines()
    return trace.number(function()
      for line in lines do
        local path = line:match('openat%([^"]*"([^"]*)"')
        if path then return path end
      end
    end)
  end)
end

function make.lines()
  return in_folder(function(folder)
    run("%s %slines.lua %s/lines %d >%s/log", quoted(uv.exepath()), FOLDER, folder, LINES, folder)
    local lines <close> = assert(io.popen(("cat %s/lines"):format(folder)))
    return trace.number(lines:lines())
  end)
end

function make.memory()
  local pipe <close> = assert(io.popen(("valgrind --tool=lackey --trace-mem=yes --log-fd=9"
    .. " %s test spec/host/lua_spec.lua 9>&1 >/dev/null 2>&1"):format(quoted(uv.exepath()))))
  local last, accesses = nil, 0
  local lines = pipe:lines()
  return trace.number(function()
    for text in lines do
      local address = text:match("^ [LSM] (%x+),")
      local line = address and tonumber(address, 16) >> LINE_BITS
      if line and line ~= last then
        last, accesses = line, accesses + 1
        if accesses > SKIPPED then return line end
      end
    end
  end, ACCESSES)
end

local function main(names)
  if #names == 0 then names = { "build", "lines", "memory" } end
  for _, name in ipairs(names) do
    if not make[name] then
      io.stderr:write("usage: make.lua [build | lines | memory]...\n")
      os.exit(2)
    end
  end
  for _, name in ipairs(names) do
    local ids, distinct = make[name]()
    trace.write(FOLDER .. name .. ".gz", ids)
    print(("%-7s %7d accesses, %5d distinct"):format(name, #ids, distinct))
  end
end

main(arg)
