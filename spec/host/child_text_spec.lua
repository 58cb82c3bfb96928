--- In a solution's process code is text: what loads it does so as Lua does, but for bytecode; and
--- nothing is left of what would lead to other code.
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
  keeps = function()
    local names = {}
    for name, fn in pairs({ load = load, loadfile = loadfile, dofile = dofile }) do
      if debug.getinfo(fn, "u").nups > 0 then names[#names + 1] = name end
    end
    return names
  end,
  refuses = function(text) return select(2, pcall(load(text))) end,
  looks = function()
    local function here(...) return debug.getinfo(...) end
    local info = here(1)
    return info.func == nil, info.name, info.currentline, debug.getinfo(1, "f").func == nil,
      debug.getinfo(coroutine.running(), 1, "l").currentline, debug.getinfo(999), debug.getinfo(-1)
  end,
  hooked = function()
    local lines = 0
    debug.sethook(function() lines = lines + 1 end, "l")
    local kept = debug.gethook() ~= nil
    debug.sethook()
    return kept, lines > 0
  end,
  in_worker = function(text)
    local pool <close> = require("perilune.pool").new({ workers = 1 })
    return pool:submit(function() return select(2, pcall(load(text))) end):result()
  end,
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

  it("is loaded by functions that keep none of Lua's own", function()
    assert.same({}, call("keeps"))
  end)

  local REACHES <const> = {
    ["debug.getregistry()"] = "debug.getregistry is off limits",
    ["debug.getupvalue(load, 1)"] = "debug.getupvalue is off limits",
    ["debug.setuservalue(io.stdout, 1)"] = "debug.setuservalue is off limits",
    ["debug.setmetatable(io.stdout, {})"] = "debug.setmetatable is off limits",
    ["debug.debug()"] = "debug.debug is off limits",
    ["package.loadlib('x.so', '*')"] = "'package.loadlib' is off limits",
    ["require('luv').new_thread('')"] = "'luv.new_thread' is off limits",
    ["require('luv').new_work('', print)"] = "'luv.new_work' is off limits",
    ["package.preload['perilune.native.ints'] = nil require('perilune.native.ints')"] =
      "Perilune's libraries are in the program",
  }

  it("reaches no registry, no library and no thread, as in a worker", function()
    for text, message in pairs(REACHES) do
      assert.truthy(call("refuses", text):find(message, 1, true), text)
      assert.truthy(call("in_worker", text):find(message, 1, true), text)
    end
  end)

  it("is no bytecode in a worker, which takes functions all the same", function()
    local loads = "return select(2, load(string.dump(function() end)))"
    assert.truthy(call("in_worker", loads):find("attempt to load a binary chunk", 1, true))
  end)

  it("is told where it is, but no function", function()
    assert.same({ true, "here", 30, true, 33 }, { call("looks") })
  end)

  it("may set hooks", function()
    assert.same({ true, true }, { call("hooked") })
  end)
end)
