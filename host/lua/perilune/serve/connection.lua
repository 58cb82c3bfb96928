--- One connection: a coroutine that reads a request, waits, answers, and begins again.
---
--- Requests that come before the last one has been answered wait for their turn, and so answers
--- are in order. The coroutine waits for one thing at a time; luv's callbacks resume it.

local uv = require("luv")
local clock = require("perilune.clock")
local answers = require("perilune.serve.answers")
local callback = require("perilune.serve.callback")
local input = require("perilune.serve.input")
local request = require("perilune.serve.request")
local response = require("perilune.serve.response")

local create <const>, resume <const>, yield <const> =
  coroutine.create, coroutine.resume, coroutine.yield
local try_write <const>, timer_start <const> = uv.try_write, uv.timer_start

local MOST_AHEAD <const> = 64 * 1024 -- bytes read before they are wanted
local LINGER <const> = 1             -- seconds for the other side to read the last answer

---@class perilune.serve.Connection
---@field server perilune.serve.Server
---@field tcp userdata
---@field timer userdata
---@field input perilune.serve.Input
---@field coroutine thread
---@field awaited? "data" | "timer" | "written" | "end" what the coroutine waits for
---@field quiet? number ms of the loop's clock since when the other side has done nothing
---@field pending? perilune.serve.Request in flight, and not yet in the record
---@field came? number when that had been read
---@field counted? boolean a request of its is in flight
---@field paused? boolean nothing is read
---@field discards? boolean what is read is of no interest
---@field closed? boolean
local Connection = {}
Connection.__index = Connection

local connection = {}

local function await(self, what)
  self.awaited = what
  return yield()
end

local function wake(self, what, ...)
  if self.awaited ~= what or self.closed then return end
  self.awaited = nil
  local ok, problem = resume(self.coroutine, ...)
  if ok then return end
  self:close()
  error(debug.traceback(self.coroutine, tostring(problem)), 0)
end

local function begin_reading(self)
  self.paused = nil
  uv.read_start(self.tcp, self.on_read)
end

local function pause_reading(self)
  self.paused = true
  uv.read_stop(self.tcp)
end

local function on_read(self, problem, chunk)
  if problem then
    self:close()
  elseif not chunk then
    self.input.ended = true
    wake(self, "data")
    wake(self, "end")
  elseif not self.discards then
    self.input:push(chunk)
    wake(self, "data")
    if #self.input.text > MOST_AHEAD and not self.closed then pause_reading(self) end
  end
end

-- The other side's turn, which may last too long.
local function await_peer(self, what)
  self.quiet = uv.now()
  local result = await(self, what)
  self.quiet = nil
  return result
end

local function await_data(self)
  if self.paused then begin_reading(self) end
  await_peer(self, "data")
end

local function note(self, status)
  local asked = self.pending
  self.pending = nil
  if asked then self.server.record:add(asked, self.came, status) end
end

--- Waits at least so long: the loop's clock has been read in whole milliseconds.
local function sleep(self, seconds)
  if seconds <= 0 then return end
  timer_start(self.timer, math.ceil(seconds * 1000 - 1e-6) + 1, 0, self.on_timer)
  await(self, "timer")
end

--- False when the other side does not take it any more.
local function write(self, text)
  local sent = try_write(self.tcp, text) or 0
  if sent == #text then return true end
  if not uv.write(self.tcp, text:sub(sent + 1), self.on_written) then return false end
  return await_peer(self, "written")
end

local function send(self, answer, asked, keeps)
  local head = response.head(answer, asked.version, keeps)
  local left = response.length(answer, asked.method)
  local piece = left > 0 and response.piece(answer.unit, left) or ""
  local ok = write(self, head .. piece)
  left = left - #piece
  while ok and left > 0 do
    piece = response.piece(answer.unit, left)
    ok = write(self, piece)
    left = left - #piece
  end
  return ok
end

--- The answer that is sent after a while; nil when it is to be none.
local function delayed(self, answer, asked, settings)
  local counts <const> = self.server.counts
  counts:begin()
  self.counted, self.pending, self.came = true, asked, clock.now()
  local seconds, fault = self.server.chance:decide(asked.target, settings)
  sleep(self, seconds)
  if fault then
    counts.errors = counts.errors + 1
    answer = fault ~= "closed" and answers.error(fault, "decided by chance") or nil
  end
  note(self, answer and answer.status or 0)
  return answer
end

local function finish(self)
  if self.counted then self.server.counts:finish() end
  self.counted = nil
end

--- Waits for the other side to close: to close before would discard an answer that it has not read.
local function linger(self)
  if self.input.ended then return end
  self.discards = true
  uv.shutdown(self.tcp)
  if self.paused then begin_reading(self) end
  timer_start(self.timer, LINGER * 1000, 0, self.on_linger)
  await(self, "end")
end

local function refuse(self, status, reason)
  local nobody <const> = { method = "GET", version = "1.1" }
  if send(self, answers.error(status, reason), nobody, false) then linger(self) end
end

--- Reads and answers one request.
---@return boolean go_on
local function exchange(self)
  local asked, status, reason = request.read(self.input, self.continue)
  if not asked then
    if status then refuse(self, status, reason) end
    return false
  end
  local answer, settings = answers.of(asked, self.server)
  if settings then answer = delayed(self, answer, asked, settings) end
  local sent = answer and send(self, answer, asked, asked.keeps)
  finish(self)
  if sent and not asked.keeps then linger(self) end
  return sent and asked.keeps
end

local function serve(self)
  while exchange(self) do end
  self:close()
end

--- Does nothing the second time.
function Connection:close()
  if self.closed then return end
  self.closed = true
  note(self, 0)
  finish(self)
  self.server:forget(self)
  self.timer:close()
  self.tcp:close()
end

local function set_callbacks(self)
  self.on_read = callback(function(...) on_read(self, ...) end)
  self.on_timer = callback(function() wake(self, "timer") end)
  self.on_linger = callback(function() wake(self, "end") end)
  self.on_written = callback(function(problem) wake(self, "written", not problem) end)
  self.continue = function() write(self, "HTTP/1.1 100 Continue\r\n\r\n") end
end

--- Serves a connection until it ends.
---@param server perilune.serve.Server
---@param tcp userdata accepted
---@return perilune.serve.Connection
function connection.start(server, tcp)
  local self = setmetatable({
    server = server, tcp = tcp, timer = assert(uv.new_timer()), coroutine = create(serve),
  }, Connection)
  self.input = input.new(function() await_data(self) end)
  set_callbacks(self)
  tcp:nodelay(true)
  begin_reading(self)
  resume(self.coroutine, self) -- to where it waits for the first bytes
  return self
end

return connection
