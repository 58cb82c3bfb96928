--- perilune.native.pool: a worker that writes what none does into the rings that it shares with its
--- owner (native/pool/channel.h) costs its task, and nothing else.
local message = require("perilune.native.message")
local pool = require("perilune.native.pool")
local pools = require("spec.contract.pools")
local processes = require("spec.native.processes")

local RESULT <const>, SPAN <const>, FAILURE <const>, NONE <const> = 7, 8, 9, 77 -- kinds of frames
local RING <const> = 256 << 10

-- In a worker: puts bytes behind what it has sent, says that it has sent so many more, and stands
-- still.
local function write(bytes, more)
  local HEADER <const>, SIZE <const>, WRITTEN <const> = 4096, 256 << 10, 128
  local base
  for line in io.lines("/proc/self/maps") do
    local at, offset = line:match("^(%x+)%-%x+ %S+ (%x+) .*memfd:perilune%-pool")
    if at and tonumber(offset, 16) == 0 then base = tonumber(at, 16) end
  end
  local memory <close> = assert(io.open("/proc/self/mem", "r+b"))
  memory:setvbuf("no")
  local function put(at, text)
    assert(memory:seek("set", base + at))
    assert(memory:write(text))
  end
  assert(memory:seek("set", base + WRITTEN))
  local written = ("<I8"):unpack(memory:read(8))
  put(HEADER + 2 * SIZE + written % SIZE, bytes)
  put(WRITTEN, ("<I8"):pack(written + more))
  while true do end
end

local function frame(kind, job, index, payload)
  return ("<I4I4I8I4I4I8"):pack(0, kind, #payload, job, 0, index) .. payload
    .. ("\0"):rep(-#payload % 8)
end

describe("a native pool's worker", function()
  local before, p

  before_each(function()
    before = processes.count()
    p = assert(pool.new({ workers = 1 }))
    assert.equal(5, p:submit(math.abs, -5):result())
  end)

  after_each(function()
    p:close("at once")
    processes.assert_none_left(before)
  end)

  -- A task whose worker has sent that.
  local function sent(bytes)
    local task = p:submit(write, bytes, #bytes)
    assert.equal(1, task.job) -- the number that goes into frames
    while not task:done() do p:stats() end
    return task
  end

  local function assert_replaced()
    assert.equal(7, p:submit(math.abs, -7):result())
    assert.equal(1, p:stats().restarts)
  end

  local one = message.pack(1)

  for what, bytes in pairs {
    ["of no kind"] = frame(NONE, 1, 1, one),
    ["a task's of another job"] = frame(RESULT, 2, 1, one),
    ["a task's that it does not have"] = frame(RESULT, 1, 2, one),
    ["a word that cannot be read"] = frame(RESULT, 0, 1, "\255"),
    ["a span that is none"] = frame(SPAN, 1, 1, one),
  } do
    it("is ended where it sends what is " .. what, function()
      local problem = pools.is_failure("crash", sent(bytes):error())
      assert.equal("SIGKILL", problem.signal)
      assert_replaced()
    end)
  end

  it("is ended where it answers twice", function()
    assert.equal(1, sent(frame(RESULT, 1, 1, one):rep(2)):result())
    assert_replaced()
  end)

  it("fails its task with an answer that cannot be read", function()
    local problem = pools.is_failure("data", sent(frame(RESULT, 1, 1, "\255")):error())
    assert.equal("not a parcel: it is cut short", problem.message)
  end)

  it("may tell more of a failure than anybody asks", function()
    local told = message.pack("error", "sorry", "traceback", true, "value", 6, 7)
    local problem = pools.is_failure("error", sent(frame(FAILURE, 1, 1, told)):error())
    assert.equal("sorry", problem.message)
  end)

  it("has sent nothing where it says that it has sent more than there is room for", function()
    local task, waits = p:submit(write, "", 2 * RING), p:submit(math.abs, -9)
    pools.is_failure("wait", pools.raised(task.result, task, 0.05))
    assert.is_true(task:cancel { kill = true })
    assert.equal(9, waits:result())
  end)
end)
