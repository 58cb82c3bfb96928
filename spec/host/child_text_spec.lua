--- In a solution's process code is text: what loads it does so as Lua does, but for bytecode.
local child = require("perilune.child")
local files = require("perilune.lab.files")

local SOLUTION <const> = [[
local function count(...) return select("#", ...), ... end
return {
  read = function(text, ...) return load(text, ...)() end,
  pieces = function(list) return load(function() return table.remove(list, 1) end)() end,
  global = function(name) return load("return " .. name, "=x", "t", { [name] = "own" })() end,
  none = function() return pcall(load("return x", "x", "bt", nil)) end,
  refused = function(what, ...)
    local made, message = load(string.dump(load(what)), ...)
    return made ~= nil, message
  end,
  from_file = function(text)
    local file = io.open("chunk.lua", "wb")
    file:write(text)
    file:close()
    local env = { x = "own" }
    return loadfile("chunk.lua")(1), loadfile("chunk.lua", "bt", env)(1),
      count(dofile("chunk.lua"))
  end,
  required = function(name) return require(name) end,
  failing = function(name) return select(2, pcall(require, name)) end,
  waits = function(file) return coroutine.wrap(function() return dofile(file) end)() end,
}
]]

describe("code in a solution's process", function()
  local folder, process

  setup(function()
    folder = files.scratch()
    assert(files.write(folder .. "/solution.lua", SOLUTION))
    assert(files.write(folder .. "/beside.lua", "return ..."))
    assert(files.write(folder .. "/torn.lua", "return ("))
    assert(files.write(folder .. "/waits.lua", "return coroutine.yield(7)"))
    assert(files.write(folder .. "/compiled.lua", string.dump(function() return 1 end)))
    process = assert(child.start({ file = folder .. "/solution.lua", sandbox = "off",
      cwd = folder }))
  end)

  teardown(function()
    process:close()
    files.remove_tree(folder)
  end)

  local function call(name, ...)
    local results = table.pack(process:invoke(name, ...))
    assert.is_true(results[1], results[2])
    return table.unpack(results, 2, results.n)
  end

  it("is loaded from strings and functions, with a name and an environment", function()
    assert.equal(3, call("read", "return 1 + 2"))
    assert.equal(3, call("read", "return 1 + 2", "name", "t"))
    assert.equal(5, call("pieces", { "return ", "5" }))
    assert.equal("own", call("global", "x"))
  end)

  it("has no environment where nil is given", function()
    assert.is_false(call("none"))
  end)

  it("is loaded from files", function()
    assert.same({ nil, "own", 2, nil, 3 }, { call("from_file", "return x, 3") })
  end)

  it("is required with its name and its file", function()
    assert.same({ "beside", "./beside.lua" }, { call("required", "beside") })
    assert.truthy(call("failing", "torn"):find(
      "^error loading module 'torn' from file '%./torn.lua':\n\t[^\n]*unexpected symbol"))
    assert.truthy(call("failing", "nowhere"):find("module 'nowhere' not found:", 1, true))
  end)

  it("may yield in a file", function()
    assert.equal(7, call("waits", "waits.lua"))
  end)

  it("is no bytecode", function()
    for _, mode in ipairs({ "b", "bt", "t" }) do
      local made, message = call("refused", "return 1", "x", mode)
      assert.is_false(made)
      assert.truthy(message:find("attempt to load a binary chunk", 1, true), message)
    end
    assert.truthy(call("failing", "compiled"):find("attempt to load a binary chunk", 1, true))
  end)
end)
