--- perilune.async: an error that a hook raises after any number of VM instructions, in whatever
--- coroutine they run, leaves nothing open, and the next run is sound.
local async = require("perilune.async")
local loop = require("spec.host.loop")

local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local STRIDE <const> = SANITIZED and 409 or 97

-- What a scenario has opened and closed; no error is raised while it is being closed.
local Scope = {}
function Scope:__close() self.tally.closed = self.tally.closed + 1 end

local function scope(tally) return setmetatable({ tally = tally }, Scope) end

local function scenario(tally)
  local _ <close> = scope(tally)
  tally.opened = tally.opened + 1
  local semaphore = async.semaphore(1)
  local function hold(seconds)
    local _ <close> = scope(tally)
    tally.opened = tally.opened + 1
    local _ <close> = semaphore:acquire()
    async.sleep(seconds)
    return 1
  end
  async.gather({ async.spawn(hold, 0), function() return hold(0) end })
  pcall(async.timeout, 0, hold, 0.1)
  local waiting = async.spawn(hold, 0.1)
  async.sleep(0)
  waiting:cancel()
  async.spawn(hold, 0.1)
  async.sleep(0)
  return "done"
end

-- Calls fn with a hook that is called for each instruction of every coroutine made in it.
local function hooked(hook, fn)
  local create = coroutine.create
  coroutine.create = function(body) -- luacheck: ignore 122
    local thread = create(body)
    debug.sethook(thread, hook, "", 1)
    return thread
  end
  local thread = coroutine.create(fn)
  local ok, value = coroutine.resume(thread)
  coroutine.create = create -- luacheck: ignore 122
  debug.sethook(thread)
  coroutine.close(thread)
  return ok, value
end

-- Whether the scenario was over before.
local function run_until(limit, message)
  local left, tally = limit, { opened = 0, closed = 0 }
  local ok, value = hooked(function()
    if debug.getinfo(2, "f").func == Scope.__close then return end
    left = left - 1
    if left == 0 then error(message, 0) end
  end, function() return async.run(scenario, tally) end)
  assert(value == "done" or not ok and tostring(value):find(message, 1, true), value)
  assert(tally.closed >= tally.opened, "left open after " .. limit .. " instructions")
  return left > 0
end

describe("an error at any instruction of a run", function()
  local stderr <const> = io.stderr -- of tasks that nobody waits for

  before_each(function()
    loop.remember()
    io.stderr = { write = function() end } -- luacheck: ignore 122
  end)
  after_each(function()
    io.stderr = stderr -- luacheck: ignore 122
    loop.check()
  end)

  for _, message in ipairs({ "interrupted!", "any other" }) do
    it("leaves nothing open: " .. message, function()
      local limit, over = 1, false
      while not over do
        over = run_until(limit, message)
        assert.is_nil(async.running())
        assert.equal("sound", async.run(function()
          async.sleep(0)
          return "sound"
        end))
        loop.check()
        limit = limit + STRIDE
      end
      assert.is_true(limit > 3000)
    end)
  end
end)
