--- perilune.native.pool: programs that are killed, interrupted or end in the midst of tasks leave
--- no process behind.
local uv = require("luv")
local processes = require("spec.native.processes")

local PROGRAM <const> = "spec/native/pool_program.lua"
local program = os.getenv("PERILUNE") or uv.exepath()
local libraries = program:match("^(.*)/") .. "/lib/lua/5.4"
local is_sanitized = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

local quoted = require("perilune.shell").quoted

local stock = ("LUA_PATH='host/lua/?.lua;;' LUA_CPATH=%s lua5.4"):format(
  quoted(libraries .. "/?.so;;"))

describe("a program with a native pool", function()
  local before, mark, number = nil, nil, 0

  before_each(function()
    before = processes.count()
    number = number + 1
    mark = ("PERILUNE_SPEC_POOL=%d.%d"):format(uv.os_getpid(), number)
  end)

  local function assert_gone()
    processes.await("the program's processes have gone", function()
      return #processes.marked(mark) == 0
    end)
  end

  after_each(function()
    assert_gone()
    processes.assert_none_left(before)
  end)

  -- Starts one in a process group of its own, which is the pid of its leader: a pipe, and that.
  local function start(name, command)
    local line = ("exec setsid -w sh -c 'echo $$; exec env %s %s %s %s' 2>&1"):format(
      mark, (command or quoted(program)):gsub("'", "'\\''"), PROGRAM, name)
    local pipe = assert(io.popen(line))
    return pipe, math.tointeger(tonumber(pipe:read("l")))
  end

  -- Its output and exit status.
  local function finish(pipe)
    local output = pipe:read("a")
    local _, how, status = pipe:close()
    return output, status, how
  end

  -- Without descriptors that whoever runs the specs has left open.
  local CLOSED <const> = "3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-"

  local function run(name, prefix)
    local line = ("exec env %s %s %s %s %s 2>&1 %s"):format(mark, prefix or "", quoted(program),
      PROGRAM, name, CLOSED)
    return finish(assert(io.popen(line)))
  end

  for _, name in ipairs { "idle", "busy", "transfer", "nested" } do
    it("is killed: " .. name, function()
      local pipe, pid = start(name)
      assert.equal("ready", pipe:read("l"))
      local names = processes.marked(mark)
      assert.is_true(#names >= (name == "nested" and 5 or 2), #names)
      processes.kill(pid)
      assert_gone()
      pipe:close()
    end)

    it("is interrupted with its whole group: " .. name, function()
      local pipe, pid = start(name)
      assert.equal("ready", pipe:read("l"))
      processes.kill(-pid, "sigint")
      local output, status = finish(pipe)
      assert.matches("interrupted!", output)
      assert.equal(1, status)
      assert_gone()
    end)

    if not is_sanitized then
      it("is interrupted with its whole group, in stock lua5.4: " .. name, function()
        local pipe, pid = start(name, stock)
        assert.equal("ready", pipe:read("l"))
        processes.kill(-pid, "sigint")
        local output, status = finish(pipe)
        assert.matches("interrupted!", output)
        assert.equal(1, status)
        assert_gone()
      end)
    end
  end

  it("ends with tasks under way", function()
    local output, status = run("script_ends")
    assert.equal("ready\n", output)
    assert.equal(0, status)
  end)

  it("fails with tasks under way", function()
    local output, status = run("script_fails")
    assert.matches("^ready\n.*: sorry\n", output)
    assert.equal(1, status)
  end)

  it("calls os.exit with tasks under way", function()
    for _, arguments in ipairs { "exits 3", "exits 3 close" } do
      local output, status = run(arguments)
      assert.equal("ready\n", output)
      assert.equal(3, status)
    end
  end)

  it("loses a pool to the collector with tasks under way", function()
    local output, status = run("is_collected")
    assert.equal("ready\n0\n", output)
    assert.equal(0, status)
  end)

  describe("whose output is shared", function()
    local path

    before_each(function() path = os.tmpname() end)
    after_each(function() os.remove(path) end)

    local function contents()
      local file <close> = io.open(path)
      return file:read("a")
    end

    it("prints everything once, to a pipe and to a file", function()
      local expected = "before parent task task task after "
      assert.equal(expected, (run("prints")))
      local line = ("%s=1 %s %s prints >%s"):format("X", quoted(program), PROGRAM, path)
      assert.is_true((os.execute(line)))
      assert.equal(expected, contents())
    end)

    it("may have a worker that closes it", function()
      assert.equal("true 5\n", (run("closes_output")))
    end)

    it("may have none of the standard streams", function()
      for _, closed in ipairs { "<&-", ">&-", "2>&-", "<&- >&- 2>&-" } do
        local line = ("env %s %s %s answers %s"):format(mark, quoted(program), PROGRAM, closed)
        local _, _, status = os.execute(line)
        assert.equal(42, status)
      end
    end)

    it("writes what its files hold once", function()
      assert.equal("0\n", (run("writes " .. path)))
      assert.equal("written\n", contents())
    end)

    it("finalises its own objects once", function()
      local output, status = run("finalises " .. path)
      assert.equal("", output)
      assert.equal(0, status)
      assert.equal("finalised\n", contents())
    end)
  end)

  describe("of which the system wants no more", function()
    it("says that there are no descriptors", function()
      local outcomes = {}
      for n = is_sanitized and 5 or 4, 24 do
        local output, status = run("is_refused", ("prlimit --nofile=%d"):format(n))
        assert.equal(0, status, output)
        local what, code, reason = output:match("^(%a+)\t?(%a*)\t?([^\n]*)")
        if code == "system" then assert.matches(": Too many open files$", reason) end
        outcomes[what] = true
      end
      assert.same({ new = true, task = true, closed = true }, outcomes)
    end)

    it("says that there are no processes", function()
      local id = io.popen("id -u")
      local is_root = id:read("l") == "0"
      id:close()
      if not is_root or is_sanitized then return pending("needs another user's limits") end
      local outcomes, as_user = {}, "setpriv --reuid=54321 --clear-groups prlimit --nproc=%d"
      for n = 1, 4 do
        local output, status = run("is_refused", as_user:format(n))
        if status ~= 0 then return pending("another user may not run " .. program) end
        local what, code, reason = output:match("^(%a+)\t?(%a*)\t?([^\n]*)")
        if code == "system" then assert.matches(": Resource temporarily unavailable$", reason) end
        outcomes[what] = true
      end
      assert.same({ new = true, task = true, closed = true }, outcomes)
    end)
  end)
end)
