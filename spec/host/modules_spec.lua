-- What `require` finds in the host.

local uv = require "luv"

local ROOT <const> = "host/lua/"

---@param folder string
---@param found string[] paths below ROOT
local function collect(folder, found)
  for name, kind in uv.fs_scandir_next, assert(uv.fs_scandir(ROOT .. folder)) do
    if kind == "directory" then
      collect(folder .. name .. "/", found)
    else
      found[#found + 1] = folder .. name
    end
  end
  return found
end

---@param path string
---@return string
local function module_of(path)
  return (path:gsub("/init%.lua$", ""):gsub("%.lua$", ""):gsub("/", "."))
end

describe("the host's modules", function()
  if not package.preload["perilune.host"] then
    pending("this interpreter is not a host")
    return
  end

  it("are all of the files in host/lua", function()
    for _, path in ipairs(collect("", {})) do
      assert.is_function(package.preload[module_of(path)], path)
    end
  end)

  it("are read from the folder that PERILUNE_LUA_DIR names", function()
    local folder = assert(uv.fs_mkdtemp("/tmp/perilune-XXXXXX"))
    assert(uv.fs_mkdir(folder .. "/perilune", 448))
    local path = folder .. "/perilune/clock.lua"
    local file <close> = assert(io.open(path, "w"))
    assert(file:write("return 'from the tree'")):close()
    local command = ("PERILUNE_LUA_DIR=%s '%s' -e %s 2>&1"):format(folder,
      uv.exepath():gsub("'", "'\\''"),
      [['print(require "perilune.clock", (select(2, pcall(require, "perilune.bench"))))']])
    local pipe <close> = assert(io.popen(command))
    local output = pipe:read("a")
    os.remove(path)
    uv.fs_rmdir(folder .. "/perilune")
    uv.fs_rmdir(folder)
    assert.equal(("from the tree\tcannot open %s/perilune/bench.lua: No such file or directory\n")
      :format(folder), output)
  end)

  it("tell the host's version and where the exercises are", function()
    local host = require("perilune.host")
    assert.matches("^%d+%.%d+%.%d+$", host.version)
    assert.is_table(uv.fs_stat(host.exercises .. "/02-duplicates/exercise.lua"))
  end)

  it("tell what the state holds, and the most it has held", function()
    local heap = require("perilune.heap")
    collectgarbage()
    heap.reset_peak()
    local before = heap.used()
    local text = ("x"):rep(100000)
    local used, peak = heap.used()
    assert.is_true(used >= before + #text and peak >= used)
    text = nil -- luacheck: ignore
    collectgarbage()
    assert.is_true(heap.used() < used)
    assert.equal(peak, select(2, heap.used()))
    assert.is_nil(heap.limit())
    assert.has_error(function() heap.limit(-1) end,
      "bad argument #1 to 'limit' (an integer from 0 expected, got -1)")
  end)
end)
