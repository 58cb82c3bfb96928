--- perilune.async: what a run reports, and programs that end in the midst of one.
local program = require("spec.cli.program")
local uv = require("luv")

local PREFIX <const> = [[
local async = require("perilune.async")
local uv = require("luv")
local function interrupt() uv.kill(uv.os_getpid(), "sigint") end
local function closing(text)
  return setmetatable({}, { __close = function() print(text) end })
end
]]

describe("a program with async", function()
  if not program.path then
    pending("not run inside the host, and PERILUNE names no program")
    return
  end

  local folder
  setup(function() folder = program.folder() end)
  teardown(function() program.remove(folder) end)

  local function write(code)
    local file <close> = assert(io.open(folder .. "/s.lua", "w"))
    assert(file:write(PREFIX, code))
  end

  -- The outcome of a script whose first line is numbered 7.
  local function run(code, options)
    write(code)
    local arguments = table.move(options or {}, 1, #(options or {}), 1, {})
    arguments[#arguments + 1] = "s.lua"
    return program.run(arguments, folder)
  end

  local function first_lines(text)
    local lines = {}
    for line in text:gmatch("[^\n]+") do
      if not line:find("^\t") then lines[#lines + 1] = line end
    end
    return lines
  end

  it("warns of tasks that are left behind, and where they were spawned", function()
    local outcome = run([[
      async.run(function()
        async.spawn(async.sleep, 60)
        async.sleep(0)
        async.spawn(print, "never")
      end)]], { "-W" })
    assert.same({ code = 0, out = "", err =
      "Lua warning: async: a task spawned at s.lua:8 was left behind\n" ..
      "Lua warning: async: a task spawned at s.lua:10 was left behind\n" }, outcome)
  end)

  it("warns of no task that a failed main task has left", function()
    local outcome = run([[
      print(pcall(async.run, function()
        async.spawn(async.sleep, 60)
        error({})
      end))]], { "-W" })
    assert.matches("^false\ttable", outcome.out)
    assert.equal("", outcome.err)
  end)

  it("tells of failures that nobody has asked for, with their tracebacks", function()
    local outcome = run([[
      async.run(function()
        async.spawn(function() error("unheard") end)
        local heard = async.spawn(error, "heard")
        pcall(heard.result, heard)
        pcall(async.gather, { heard, async.spawn(error, "gathered") })
        pcall(async.timeout, 1, error, "limited")
      end)]])
    assert.equal(0, outcome.code)
    assert.same({
      "async: a task spawned at s.lua:8 failed: s.lua:8: unheard", "stack traceback:",
    }, first_lines(outcome.err))
    assert.matches("\n\ts.lua:8: in function <s.lua:8>\n\t%(a task spawned at s.lua:8%)\n$",
      outcome.err)
  end)

  it("tells of errors in what closes a cancelled task", function()
    local outcome = run([[
      async.run(function()
        local task = async.spawn(function()
          local _ <close> = setmetatable({}, { __close = function() error("closing", 0) end })
          async.await(function() return function() error("undoing", 0) end end)
        end)
        async.sleep(0)
        print(task:cancel())
      end)]])
    assert.equal("true\n", outcome.out)
    assert.same({
      "async: a task spawned at s.lua:8 failed while it was cancelled: undoing",
      "async: a task spawned at s.lua:8 failed while it was cancelled: closing",
    }, first_lines(outcome.err))
  end)

  it("warns of ten at most", function()
    local outcome = run([[
      async.run(function() for _ = 1, 25 do async.spawn(print) end end)]], { "-W" })
    local lines = first_lines(outcome.err)
    assert.equal(11, #lines)
    assert.equal("Lua warning: async: ... and 15 more", lines[11])
  end)

  it("ends with an error of its main task's, told once", function()
    local outcome = run([[
      async.run(function()
        local task = async.spawn(function() error("boom") end)
        task:result()
      end)]])
    assert.equal(1, outcome.code)
    assert.same({ "perilune: s.lua:8: boom", "stack traceback:", "stack traceback:",
      "stack traceback:" }, first_lines(outcome.err))
    assert.matches("\ts.lua:8: in function <s.lua:8>\n\t%(a task spawned at s.lua:8%)\n" ..
      "stack traceback:\n.*\ts.lua:9: in function <s.lua:7>\n" ..
      "\t%(the main task, run at s.lua:7%)\nstack traceback:\n.*\ts.lua:7: in main chunk\n",
      outcome.err)
  end)

  local SLEEPING <const> = [[
    async.run(function()
      local _ <close> = closing("main")
      async.spawn(function()
        local _ <close> = closing("task")
        interrupt()
        async.sleep(60)
      end)
      async.sleep(60)
    end)]]

  local BUSY <const> = {
    yielding = [[
      local function busy() while true do coroutine.yield(interrupt()) end end]],
    looping = [[
      local function busy()
        interrupt()
        while true do end
      end]],
    looping_and_gathered = [[
      local function loop()
        interrupt()
        while true do end
      end
      local function busy() async.gather({ loop }, { on_error = "return" }) end]],
    called_back = [[
      local function busy()
        local timer = uv.new_timer()
        local _ <close> = setmetatable({}, { __close = function() timer:close() end })
        timer:start(0, 0, function()
          interrupt()
          for _ = 1, 1000 do end
        end)
        async.sleep(60)
      end]],
  }

  for how, options in pairs({ [""] = {}, [", luv loaded first"] = { "-l", "luv" } }) do
    it("is interrupted while it sleeps" .. how, function()
      local outcome = run(SLEEPING, options)
      assert.same({ 1, "task\nmain\n" }, { outcome.code, outcome.out })
      assert.matches("^perilune: [^\n]*interrupted!\n", outcome.err)
    end)

    it("is interrupted in any task, and in a callback of luv's" .. how, function()
      for name, fn in pairs(BUSY) do
        local outcome = run(fn .. [[

          async.run(function()
            async.spawn(busy)
            local _ <close> = closing("main")
            async.sleep(60)
          end)]], options)
        assert.same({ 1, "main\n" }, { outcome.code, outcome.out }, name)
        assert.matches("^perilune: [^\n]*interrupted!\n", outcome.err, name)
      end
    end)
  end

  it("is interrupted in lua5.4 too", function()
    write(SLEEPING)
    local command = ("cd '%s' && LUA_PATH='%s/host/lua/?.lua;;' lua5.4 s.lua 2>&1; echo $?"):format(
      folder, uv.cwd())
    local pipe <close> = assert(io.popen(command))
    local output = pipe:read("a")
    assert.matches("^task\nmain\n", output)
    assert.matches("\nlua5.4: [^\n]*interrupted!\n", output)
    assert.matches("\n1\n$", output)
  end)

  it("may exit in the midst of a run", function()
    for _, close in ipairs({ "false", "true" }) do
      local outcome = run(([[
        async.run(function()
          local _ <close> = closing("main")
          async.spawn(async.sleep, 60)
          async.sleep(0.001)
          os.exit(7, %s)
        end)]]):format(close))
      assert.same({ code = 7, out = "", err = "" }, outcome)
    end
  end)

  it("may close its state when a coroutine with a run has been left", function()
    local outcome = run([[
      local co = coroutine.create(function()
        debug.sethook(function() if _G.ended then error("ended", 0) end end, "", 1)
        async.run(function()
          async.spawn(async.sleep, 60)
          local timer = uv.new_timer()
          timer:start(1, 0, function() ended = true end)
          async.sleep(60)
        end)
      end)
      print(coroutine.resume(co))
      ended = false
      print(async.running(), async.run(function()
        async.sleep(0.001)
        return "again"
      end))]])
    assert.same({ code = 0, err = "", out = "false\tended\nnil\tagain\n" }, outcome)
  end)
end)
