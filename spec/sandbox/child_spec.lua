--- What a child may do in its sandbox, and what is left of it.
local child = require("perilune.child")
local clock = require("perilune.clock")
local files = require("perilune.lab.files")
local uv = require("luv")

local SOLUTION <const> = "spec/sandbox/solution.lua"

local function whole()
  return assert(child.layers()).missing == nil
end

local function start(options)
  local all = { file = SOLUTION, cpu = 10, wall = 20, sandbox = "best" }
  for name, value in pairs(options or {}) do all[name] = value end
  return child.start(all)
end

local function commands()
  local list <close> = assert(io.popen("ps -eo args"))
  return list:read("a")
end

--- Whether no process has a command line, or in a little while none has.
local function ends(command)
  local patience = clock.now() + 10
  repeat
    if not commands():find("\n" .. command .. "\n", 1, true) then return true end
  until clock.now() > patience
  return false
end

local BODY <const> = 100000 -- bytes
local CONFINED <const> = uv.exepath():match("^(.*)/") .. "/spec/confined"

--- A server in a process of its own: its port, and a function that ends it.
local function serve()
  local input, output, line = uv.new_pipe(false), uv.new_pipe(false), nil
  local process
  process = assert(uv.spawn(uv.exepath(), {
    args = { "serve", "--port=0", "--until-eof", "--size=" .. BODY }, stdio = { input, output },
  }, function() process:close() end))
  output:read_start(function(_, chunk) line = (line or "") .. (chunk or "\n") end)
  repeat uv.run("once") until line and line:find("\n")
  output:close()
  return math.tointeger(line:match(":(%d+)/")), function()
    input:close()
    uv.run()
  end
end

local function mounts()
  return select(2, files.read("/proc/self/mountinfo"):gsub("\n", ""))
end

local function descriptors() return #files.list("/proc/self/fd") end

describe("a child in a sandbox", function()
  local folder, before

  -- The loop opens what it needs with the first process and the first listener.
  setup(function()
    local process, listener = nil, uv.new_tcp()
    assert(listener:bind("127.0.0.1", 0))
    assert(listener:listen(1, function() end))
    listener:close()
    process = assert(uv.spawn("/bin/true", {}, function() process:close() end))
    uv.run()
  end)

  before_each(function()
    folder = assert(files.scratch())
    collectgarbage()
    before = { mounts = mounts(), descriptors = descriptors() }
  end)

  after_each(function()
    files.remove_tree(folder)
    collectgarbage()
    assert.same(before, { mounts = mounts(), descriptors = descriptors() })
  end)

  it("may be asked for by three names", function()
    assert.is_nil(assert(start({ sandbox = "off" })):layers())
    local c <close> = assert(start())
    assert.equal(8, #c:layers())
    assert.has_error(function() start({ sandbox = "some" }) end,
      "bad argument #1 to 'start' (option 'sandbox' is none of off, best, full)")
  end)

  it("is told of each layer", function()
    local names = {}
    for i, layer in ipairs(assert(child.layers())) do
      names[i] = layer.name
      assert.equal(layer.works, layer.reason == nil)
    end
    assert.same({ "limits", "identity", "processes", "network", "ipc", "files", "landlock",
      "seccomp" }, names)
  end)

  it("sees its own file, and what is named", function()
    assert(files.write(folder .. "/data", "1"))
    assert(files.make_folder(folder .. "/hidden"))
    assert(files.write(folder .. "/hidden/data", "2"))
    local c <close> = assert(start({ read = { folder }, hide = { folder .. "/hidden" } }))
    assert.same({ true, "1" }, { c:invoke("read", folder .. "/data") })
    assert.same({ true }, { c:invoke("read", folder .. "/hidden/data") })
    assert.same({ true }, { c:invoke("read", uv.cwd() .. "/README.md") })
    assert.truthy(select(2, c:invoke("read", files.absolute(SOLUTION))))
  end)

  it("sees what is named below what is hidden", function()
    assert(files.write(folder .. "/data", "1"))
    assert(files.write(folder .. "/other", "2"))
    local c <close> = assert(start({ read = { folder .. "/data" }, hide = { folder } }))
    assert.same({ true, "1" }, { c:invoke("read", folder .. "/data") })
    assert.same({ true }, { c:invoke("read", folder .. "/other") })
  end)

  it("writes to what is named, and elsewhere into memory", function()
    local path = folder .. "/record"
    assert(files.write(path, ""))
    assert(uv.fs_chmod(path, tonumber("666", 8)))
    local c <close> = assert(start({ cwd = folder, write = { path } }))
    assert.same({ true, files.absolute(folder) }, { c:invoke("folder") })
    assert.same({ true, true }, { c:invoke("write", path, "text") })
    assert.same({ true, true }, { c:invoke("write", "other", "text") })
    assert.equal("text", files.read(path))
    if whole() then
      assert.same({ true, true }, { c:invoke("temporary") })
      assert.is_nil(files.kind(folder .. "/other"))
    end
  end)

  it("finds by its name what stands beside it, and cannot change that", function()
    local run, home = folder .. "/run", folder .. "/home"
    assert(files.make_folder(run))
    assert(files.make_folder(home))
    assert(files.write(home .. "/mine.lua", "return 'a module'"))
    assert(files.write(home .. "/data", "1"))
    assert(files.write(home .. "/own.lua", [[
      return {
        read = function() return require "mine", io.open("data"):read("a") end,
        write = function() return io.open("data", "w") ~= nil end,
      }]]))
    local c <close> = assert(start({ file = home .. "/own.lua", read = { home }, cwd = run }))
    assert.same({ true, "a module", "1" }, { c:invoke("read") })
    assert.same({ true, false }, { c:invoke("write") })
    assert.equal("1", files.read(home .. "/data"))
  end)

  it("reads what root has closed to others", function()
    assert(files.write(folder .. "/data", "1"))
    assert(uv.fs_chmod(folder .. "/data", tonumber("600", 8)))
    local c <close> = assert(start({ read = { folder } }))
    assert.same({ true, "1" }, { c:invoke("read", folder .. "/data") })
  end)

  it("reaches a port that is named, and no other", function()
    local port, stop = serve()
    local other = uv.new_tcp()
    assert(other:bind("127.0.0.1", 0))
    assert(other:listen(10, function() end))
    local c <close> = assert(start({ ports = { port } }))
    local url = "http://127.0.0.1:%d/"
    assert.same({ true, 200 }, { c:invoke("fetch", url:format(port)) })
    assert.same({ true, nil, "connect" },
      { c:invoke("fetch", url:format(other:getsockname().port)) })
    -- More connections than are passed on at once.
    assert.same({ true, 200 * BODY }, { c:invoke("fetch_all", url:format(port), 200) })
    other:close()
    stop()
  end)

  -- What is passed on must be waited for, and not asked for again and again.
  it("has connections passed on where its supervisor may open few files", function()
    local port, stop = serve()
    assert(files.write(folder .. "/many.lua", [[
      local urls, bytes = {}, 0
      for i = 1, 60 do urls[i] = arg[1] .. i end
      local options = { concurrency = 60, headers = { Connection = "close" } }
      for _, r in ipairs(require("perilune.fetch").all(urls, options)) do
        bytes = bytes + #(r.body or "")
      end
      print(bytes)]]))
    local output <close> = assert(io.popen(("ulimit -Sn 24; exec '%s' -b yes -t 60 -r %s -p %d "
      .. "%s/many.lua http://127.0.0.1:%d/"):format(CONFINED, folder, port, folder, port)))
    local text = output:read("a")
    output:close()
    stop()
    assert.equal(60 * BODY .. "\n", text)
  end)

  it("is given nothing of the environment", function()
    local code = { BASH_ENV = "/x", LD_PRELOAD = "/x", LUA_CPATH = "/x", LUA_INIT = "error()",
      LUA_INIT_5_4 = "error()", LUA_PATH = "/x", SECRET = "x" }
    for name, value in pairs(code) do uv.os_setenv(name, value) end
    local ok, variables = assert(start()):invoke("environment")
    for name in pairs(code) do uv.os_unsetenv(name) end
    assert.is_true(ok)
    variables.PERILUNE_LUA_DIR, variables.TMPDIR, variables.PWD = nil, nil, nil
    assert.same({ PATH = "/usr/bin:/bin", LANG = "C.UTF-8" }, variables)
  end)

  it("maps with a pool, and profiles", function()
    local c <close> = assert(start())
    assert.same({ true, { 1, 4, 9 } }, { c:invoke("map", { 1, 2, 3 }) })
    for _, mode in ipairs({ "sample", "calls" }) do
      assert.same({ true, true }, { c:invoke("profile", mode) })
    end
  end)

  it("has its time counted, and that of its subprocesses", function()
    local c <close> = assert(start())
    c:put(100000)
    assert.is_true(assert(c:call("spin_outside")).cpu > 0.01)
  end)

  it("is held to its limits", function()
    local cases = {
      { "spin", "time", "^stopped after 0.2 s of processor time$", { cpu = 0.2 } },
      { "flood", "output", "^more than 5000 bytes$", { output = 5000 } },
    }
    for _, case in ipairs(cases) do
      local c <close> = assert(start(case[4]))
      local _, message, code = c:invoke(case[1])
      assert.equal(case[2], code)
      assert.matches(case[3], message)
    end
  end)

  for _, signal in ipairs({ "ABRT", "KILL", "TERM" }) do
    it("is known to have died of SIG" .. signal, function()
      local c <close> = assert(start())
      local _, message, code = c:invoke("kill", signal)
      assert.equal("crash", code)
      assert.matches("^killed by SIG" .. signal, message)
    end)
  end

  it("leaves nothing behind when it is closed", function()
    local c = assert(start())
    assert.is_true((c:invoke("leave", "sleep 76.543")))
    c:close()
    assert.is_true(ends("sleep 76.543"))
  end)

  it("leaves nothing behind when its supervisor is killed at any moment", function()
    local script = folder .. "/script.lua"
    assert(files.write(script, 'os.execute("sleep 65.432")'))
    for round = 1, 15 do
      local process
      process = assert(uv.spawn(CONFINED, { args = { "-b", "yes", "-r", folder, script } },
        function() process:close() end))
      uv.sleep(round % 8)
      process:kill("sigkill")
      uv.run()
    end
    assert.is_true(ends("sleep 65.432"))
    assert.is_true(ends(CONFINED .. " -b yes -r " .. folder .. " " .. script))
  end)

  it("names what it cannot be given", function()
    local _, message, code = start({ read = { folder .. "/none" } })
    assert.equal(folder .. "/none: No such file or directory", message)
    assert.equal("missing", code)
    assert.has_error(function() start({ read = "x" }) end, "option 'read' is no table")
    assert.has_error(function() start({ read = { "/" } }) end, "a sandbox cannot be given /")
    assert.has_error(function() start({ ports = { 0 } }) end,
      "option 'ports' is no list of at most 8 ports")
  end)
end)
