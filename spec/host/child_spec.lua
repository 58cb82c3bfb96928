local child = require("perilune.child")
local files = require("perilune.lab.files")
local uv = require("luv")

local SOLUTION = "spec/host/child_solution.lua"

local folder

local function write(name, text)
  local path = folder .. "/" .. name
  local f = assert(io.open(path, "w"))
  f:write(text)
  f:close()
  return path
end

local function entries(path)
  local names = {}
  local scan = uv.fs_scandir(path)
  while scan do
    local name = uv.fs_scandir_next(scan)
    if not name then
      break
    end
    names[#names + 1] = name
  end
  return names
end

local function parent_of(pid)
  local stat = io.open("/proc/" .. pid .. "/stat")
  local text = stat and stat:read("a") or ""
  if stat then
    stat:close()
  end
  return tonumber(text:match("%) %S (%d+)"))
end

local function children()
  local own, found = uv.os_getpid(), {}
  for _, name in ipairs(entries("/proc")) do
    if name:match("^%d+$") and parent_of(name) == own then
      found[#found + 1] = tonumber(name)
    end
  end
  return found
end

local function runs(mark)
  local list <close> = assert(io.popen("ps -eo args"))
  return list:read("a"):find(mark, 1, true) ~= nil
end

--- Those that have been killed are gone soon, not at once.
local function assert_gone(mark)
  local late = uv.hrtime() + 10e9
  while runs(mark) and uv.hrtime() < late do
    uv.sleep(10)
  end
  assert.is_false(runs(mark))
end

local function start(options)
  local all = { file = SOLUTION, cpu = 5, wall = 10 }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return child.start(all)
end

local function fails(code, pattern, ...)
  local result, text, got = ...
  assert.is_nil(result)
  assert.are.equal(code, got)
  assert.matches(pattern, text)
end

describe("child", function()
  local descriptors, processes

  setup(function()
    folder = files.scratch()
  end)

  teardown(function()
    files.remove_tree(folder)
  end)

  before_each(function()
    collectgarbage()
    descriptors, processes = #entries("/proc/self/fd"), #children()
  end)

  after_each(function()
    assert.are.equal(descriptors, #entries("/proc/self/fd"), "descriptors are left")
    assert.are.equal(processes, #children(), "processes are left")
  end)

  it("lists the functions, sorted", function()
    local path = write("two.lua", "return { b = print, a = type, c = 1 }")
    local c <close> = assert(start({ file = path }))
    assert.are.same({ "a", "b" }, c:functions())
  end)

  it("runs a function on arguments and gives its results", function()
    local c <close> = assert(start())
    assert.are.same({ true, 5 }, { c:invoke("add", 2, 3) })
    assert.are.equal(4, select("#", c:invoke("same", nil, 1, nil)))
    assert.is_true(c:put({ 1, 2 }, "x"))
    assert(c:call("same"))
    assert.are.same({ { 1, 2 }, "x" }, { c:take() })
    assert.are.same({ { 1, 2 }, "x" }, { c:take() })
  end)

  it("carries a million integers there and back", function()
    local c <close> = assert(start())
    local list = {}
    for i = 1, 1000000 do
      list[i] = i * 1000003
    end
    local _, got = c:invoke("same", list)
    assert.are.equal(#list, #got)
    assert.are.equal(list[777777], got[777777])
  end)

  it("reads the clocks from outside, those of its subprocesses too", function()
    local c <close> = assert(start())
    c:put(3000000)
    local times = assert(c:call("spin"))
    assert.is_true(times.cpu > 0 and times.wall > 0)
    c:put(100000)
    assert.is_true(assert(c:call("spin_outside")).cpu > 0.01)
  end)

  it("counts that of children that are still alive, and no call's twice", function()
    local c <close> = assert(start())
    c:put(50000)
    assert.is_true(assert(c:call("spin_aside")).cpu > 0.01)
    assert.is_true(assert(c:call("same")).cpu < 0.01)
  end)

  it("counts VM instructions, the same each time", function()
    local c <close> = assert(start())
    c:put(100000)
    local first = assert(c:count("spin")).instructions
    assert.are.equal(first, assert(c:count("spin")).instructions)
    assert.is_true(first >= 100000 and first < 400000)
  end)

  it("gives a Lua error with its position, and lives on", function()
    local c <close> = assert(start())
    fails("error", "child_solution.lua:%d+: hello$", c:invoke("boom", "hello"))
    fails("error", "^%(error object is a table value%)$", c:invoke("boom", {}))
    fails("error", "arithmetic on a nil value", c:invoke("add", 1))
    assert.are.same({ true, 5 }, { c:invoke("add", 2, 3) })
  end)

  it("names a function that there is not", function()
    local c <close> = assert(start())
    fails("missing", "no function 'nope'", c:invoke("nope"))
    fails("missing", "no function 'not_a_function'", c:invoke("not_a_function"))
  end)

  it("says where in arguments or results there is what cannot be sent", function()
    local c <close> = assert(start())
    fails("data", "^items%[1%]: a function cannot be sent$", c:invoke("closure"))
    fails("data", "^x: a function cannot be sent$", c:put({ x = print }))
    assert.are.same({ true, 5 }, { c:invoke("add", 2, 3) })
  end)

  it("tells a memory limit, also met in a coroutine, and lives on", function()
    local c <close> = assert(start({ memory = 20 << 20 }))
    fails("memory", "not enough memory", c:invoke("fill"))
    fails("memory", "not enough memory", c:invoke("fill_in_coroutine"))
    assert.are.same({ true, 5 }, { c:invoke("add", 2, 3) })
    fails("memory", "", start({ memory = 1 }))
  end)

  it("shows what was printed", function()
    local c <close> = assert(start())
    c:invoke("print", 3)
    assert.are.equal("xxx", c:output())
    c:invoke("print", 2)
    assert.are.equal("xxxxx", c:output())
  end)

  -- Each of them ends the process: what comes after gives the same.
  local deaths = {
    { "an endless loop", "time", "^stopped after 0.2 s of processor time$", "loop", cpu = 0.2 },
    { "a loop in C", "time", "^stopped after 0.2 s of processor time$", "loop_in_c", cpu = 0.2 },
    { "waiting", "time", "^stopped after 0.2 s$", "wait", wall = 0.2 },
    { "too much output", "output", "^more than 1000 bytes$", "print", 200000, output = 1000 },
    { "os.exit", "exit", "^exit status 3$", "exit", 3 },
    { "os.exit of success", "exit", "^exit status 0$", "exit", true },
    { "a crash", "crash", "^killed by SIGABRT", "kill", "ABRT" },
    { "a kill", "crash", "^killed by SIGKILL", "kill", "KILL" },
  }
  for _, death in ipairs(deaths) do
    it("tells " .. death[1] .. " and stays dead", function()
      local c <close> = assert(start({ cpu = death.cpu, wall = death.wall, output = death.output }))
      local function again(...)
        fails(death[2], death[3], ...)
      end
      again(c:invoke(death[4], death[5]))
      again(c:invoke("add", 1, 2))
      again(c:put(1))
      again(c:call("add"))
      again(c:count("add"))
      again(c:take())
      c:close()
    end)
  end

  it("tells how it ended where no descriptor is left to watch it by", function()
    local script = write("starved.lua", ([[
      local child, kept = require("perilune.child"), {}
      local c = assert(child.start({ file = %q, cpu = 20, wall = 40 }))
      repeat
        local file = io.open("/dev/null")
        kept[#kept + 1] = file
      until not file
      print(select(2, c:invoke("exit", 3)))
    ]]):format(SOLUTION))
    local run <close> = assert(io.popen(("ulimit -n 40; '%s' run '%s' 2>&1")
      :format(uv.exepath(), script)))
    assert.equal("exit status 3\texit\n", run:read("a"))
  end)

  it("limits each request, not all together", function()
    local c <close> = assert(start({ cpu = 0.3 }))
    c:put(2000000) -- a tenth of the limit, or less
    local spent = 0
    repeat
      spent = spent + assert(c:call("spin")).cpu
    until spent > 0.4
  end)

  for _, kill_first in ipairs({ "put", "call", "count", "take", "invoke" }) do
    it("notices a death before " .. kill_first, function()
      local before = children()
      local c <close> = assert(start())
      c:invoke("add", 1, 2)
      for _, pid in ipairs(children()) do
        if not table.concat(before, " "):find(pid, 1, true) then
          uv.kill(pid, "sigkill")
        end
      end
      fails("crash", "SIGKILL", c[kill_first](c, "add"))
    end)
  end

  it("tells what is wrong with a file", function()
    local cases = {
      { "syntax", ":1: .* near <eof>", "return 1 +" },
      { "syntax", "binary chunk", string.dump(function() end) },
      { "error", ":1: no$", "error('no')" },
      { "error", "module 'nowhere' not found", "require('nowhere')" },
      { "contract", "returns number, not a table of functions$", "return 3" },
      { "contract", "returns nothing, not a table of functions$", "" },
      { "exit", "exit status 4", "os.exit(4)" },
      { "time", "processor time", "while true do end" },
      { "memory", "not enough memory", "return (('x'):rep(1 << 30))" },
    }
    for _, case in ipairs(cases) do
      local path = write("bad.lua", case[3])
      fails(case[1], case[2], start({ file = path, cpu = 0.2, memory = 100 << 20 }))
    end
    fails("missing", "nothing.lua", start({ file = folder .. "/nothing.lua" }))
    fails("missing", "directory", start({ file = folder }))
    fails("missing", "cannot enter /nowhere", start({ cwd = "/nowhere" }))
  end)

  it("forbids modules, with the reason and the place", function()
    local why = { ["perilune.clock"] = "tell the time yourself" }
    local path = write("cheat.lua", "local x\nlocal clock = require('perilune.clock')")
    fails("error", "cheat.lua:2: 'perilune.clock' is off limits: tell the time yourself$",
      start({ file = path, forbidden = why }))
    fails("error", "'perilune.child' is off limits",
      start({ file = write("cheat.lua", "require('perilune.child')") }))
  end)

  it("forbids functions of libraries", function()
    local path = write("runs.lua", "return {run = function() return io.popen('true') end}")
    local c <close> = assert(start({ file = path, forbidden = { ["io.popen"] = "not here" } }))
    fails("error", "'io.popen' is off limits: not here", c:invoke("run"))
  end)

  it("keeps modules off limits whose refusal was taken away", function()
    local path = write("finds.lua", [[
      package.preload["perilune.graph"] = nil
      package.path = "]] .. folder .. [[/?.lua"
      return {find = function() return require("perilune.graph") end}]])
    assert(uv.fs_mkdir(folder .. "/perilune", 493))
    write("perilune/graph.lua", "return {}")
    local c <close> = assert(start({ file = path, forbidden = { ["perilune.graph"] = "why" } }))
    fails("error", "'perilune.graph' is off limits: why", c:invoke("find"))
  end)

  it("has a pool where none is off limits", function()
    local path = write("pools.lua", "return {cpus = require('perilune.pool').cpus}")
    local c <close> = assert(start({ file = path }))
    assert.is_number(select(2, c:invoke("cpus")))
  end)

  it("gives a clean environment, no descriptor but its own, and no input", function()
    local c <close> = assert(start({ cwd = folder }))
    local _, environment = c:invoke("environment")
    for line in environment:gmatch("[^\n]+") do
      assert.matches("^%u", line:gsub("^_=", "U"))
      assert.is_nil(line:match("^HOME="))
    end
    local _, list = c:invoke("descriptors")
    assert.is_nil(list:find("socket"))
    assert.are.same({ true, folder .. "\n" }, { c:invoke("folder") })
    assert.are.same({ true, "" }, { c:invoke("input") })
  end)

  it("finds beside it what the solution's folder has, and leaves what is there", function()
    local run, home = folder .. "/run", folder .. "/home"
    assert(uv.fs_mkdir(run, 493))
    assert(uv.fs_mkdir(home, 493))
    write("home/mine.lua", "return function() return 'a module' end")
    write("home/data", "42")
    write("home/.hidden", "no")
    write("home/record", "the folder's")
    write("run/record", "the judge's")
    local path = write("home/own.lua", [[
      local mine = require "mine"
      local function read(name) local f = io.open(name) return f and f:read("a") end
      return { find = function() return mine(), read "data", read "record", read ".hidden" end }]])
    local c <close> = assert(start({ file = path, cwd = run }))
    assert.are.same({ true, "a module", "42", "the judge's" }, { c:invoke("find") })
  end)

  it("ends what a solution left behind", function()
    local c = assert(start())
    assert.is_true((c:invoke("leave", folder .. "/late")))
    c:close()
    assert_gone(folder .. "/late")
  end)

  it("ends what is in a process group of its own", function()
    local c = assert(start())
    assert.is_true((c:invoke("spin_aside", 1)))
    c:close()
    assert_gone("sleep 54.321")
  end)

  it("ends what has left its session and lost its parent", function()
    local c = assert(start())
    assert.is_true((c:invoke("leave_session")))
    c:close()
    local left = io.popen("ps -eo args")
    local text = left:read("a")
    left:close()
    assert.is_nil(text:find("sleep 54.322", 1, true))
  end)

  it("runs no hook of the solution's while it takes arguments", function()
    local c <close> = assert(start())
    assert(c:invoke("watch"))
    local _, before = c:invoke("events")
    for _ = 1, 100 do
      c:put({ 1, 2, 3 })
    end
    local _, after = c:invoke("events")
    assert.is_true(after > before and after - before < 50)
  end)

  it("may be closed twice, and is then of no use", function()
    local c = assert(start())
    c:close()
    c:close()
    assert.has_error(function()
      c:put(1)
    end, "calling 'put' on bad self (the child is closed)")
  end)

  it("is closed when it is collected", function()
    assert(start())
    collectgarbage()
    collectgarbage()
  end)

  it("names a wrong option", function()
    local cases = {
      { { cup = 1 }, "option 'cup' is unknown" },
      { { cpu = -1 }, "option 'cpu' is no positive number" },
      { { wall = 0 / 0 }, "option 'wall' is no positive number" },
      { { memory = "much" }, "option 'memory' is no positive number" },
      { { cwd = 1 }, "option 'cwd' is no string" },
      { { forbidden = { 1 } }, "option 'forbidden' does not map names to reasons" },
      { { file = false }, "option 'file' is no string" },
    }
    for _, case in ipairs(cases) do
      local ok, message = pcall(start, case[1])
      assert.is_false(ok)
      assert.matches(case[2], message, 1, true)
    end
  end)
end)
