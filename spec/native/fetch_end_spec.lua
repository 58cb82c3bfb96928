--- perilune.native.fetch: programs that end, or are interrupted, in the midst of requests.
local fetch = require("perilune.native.fetch")
local hostile = require("spec.fetch.hostile")
local pool = require("perilune.native.pool")
local processes = require("spec.native.processes")
local uv = require("luv")

local PROGRAM <const> = "spec/native/fetch_program.lua"
local program = os.getenv("PERILUNE") or uv.exepath()

local quoted = require("perilune.shell").quoted

describe("a program with native fetch", function()
  local server, folder, before

  setup(function()
    collectgarbage() -- sessions that earlier specs have left
    server = hostile.start()
  end)
  teardown(function() server:stop() end)

  before_each(function()
    before = processes.count()
    folder = os.tmpname()
    os.remove(folder)
    assert(uv.fs_mkdir(folder, tonumber("755", 8)))
  end)

  after_each(function()
    processes.assert_none_left(before)
    -- It is empty: there are no parts of files.
    assert.same({ true }, { uv.fs_rmdir(folder) })
  end)

  -- A pipe, and the pid.
  local function start(where, how)
    local line = ("exec sh -c 'echo $$; exec %s %s %s %s %s %s' 2>&1"):format(
      quoted(program):gsub("'", "'\\''"), PROGRAM, where, server.url, folder, how)
    local pipe = assert(io.popen(line))
    return pipe, math.tointeger(tonumber(pipe:read("l")))
  end

  -- Its output and exit status.
  local function finish(pipe)
    local output = pipe:read("a")
    local _, _, status = pipe:close()
    return output, status
  end

  for _, where in ipairs { "each", "iterator", "coroutine", "tasks", "on_data", "on_progress",
    "callback", "session", "worker" } do
    it("ends in the midst of requests: " .. where, function()
      local output, status = finish((start(where, "ends")))
      assert.same({ "ready\n", 0 }, { output, status })
    end)

    it("exits in the midst of requests: " .. where, function()
      local output, status = finish((start(where, "exits")))
      assert.same({ "ready\n", 3 }, { output, status })
    end)

    it("fails in the midst of requests: " .. where, function()
      local output, status = finish((start(where, "fails")))
      assert.matches("^ready\n[^\n]*: sorry\n", output)
      assert.equal(1, status)
    end)
  end

  for _, where in ipairs { "get", "all", "each", "streaming", "retrying", "task", "generator",
    "callback" } do
    it("is interrupted in the midst of requests: " .. where, function()
      local pipe, pid = start(where, "waits")
      assert.equal("ready", pipe:read("l"))
      uv.sleep(50) -- it waits by now; else it is interrupted a little earlier
      processes.kill(pid, "sigint")
      local output, status = finish(pipe)
      assert.matches("^[^\n]*interrupted!\n", output)
      assert.equal(1, status)
    end)
  end

  it("has workers that fetch on their own, while it does", function()
    local function get(url)
      local own = require("perilune.native.fetch")
      local s <close> = own.session()
      return s:get(url).body, own.get(url).body
    end
    local s <close> = fetch.session()
    local p <close> = pool.new({ workers = 2 })
    local urls = {}
    for i = 1, 50 do urls[i] = server.url .. "/plain/after/10" end
    for r in s:each(urls, { concurrency = 5 }) do
      assert.equal("late\n", r.body)
      if r.index % 10 == 0 then
        local futures = {}
        for i = 1, 4 do futures[i] = p:submit(get, server.url .. "/plain/ok") end
        for _, future in ipairs(futures) do
          assert.same({ "hello\n", "hello\n" }, { future:result() })
        end
      end
    end
    p:shutdown()
  end)

  it("has a worker that is killed in the midst of a request", function()
    local function get(url) return require("perilune.native.fetch").get(url).body end
    local p <close> = pool.new({ workers = 1 })
    assert.equal("hello\n", p:submit(get, server.url .. "/plain/ok"):result())
    local future = p:submit(get, server.url .. "/stall/before")
    uv.sleep(20)
    p:close("at once")
    assert.is_true(future:done())
  end)
end)
