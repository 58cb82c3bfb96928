--- One connection to the hostile server. Each request is answered in a coroutine of its own, one
--- after the other.
local uv = require("luv")
local log = require("spec.fetch.hostile.log")
local request = require("spec.fetch.hostile.request")

local connection = {}

---@class Connection
---@field number integer
---@field is_open boolean false once it is closed, by whomever
---@field has_ended boolean? when the other side sends no more
---@field socket userdata
---@field input string what has come and is not read
local Connection = {}
Connection.__index = Connection

local LONGEST_INPUT <const> = 64 << 20
local LONGEST_STALL <const> = 60000 -- ms

local count = 0

-- What a coroutine waits for calls what this gives; the first to call it resumes.
local function resumer()
  local thread, is_waiting = coroutine.running(), true
  return function(...)
    if not is_waiting then return end
    is_waiting = false
    local ok, failure = coroutine.resume(thread, ...)
    if not ok then io.stderr:write(debug.traceback(thread, failure), "\n") end
  end
end

--- Sends, and waits until the system has taken it.
---@param text string
---@return boolean is_open
function Connection:send(text)
  if self.is_open then
    local is_taken = self.socket:write(text, resumer())
    if not is_taken or coroutine.yield() then self:close() end
  end
  return self.is_open
end

---@param milliseconds integer
---@return boolean is_open
function Connection:pause(milliseconds)
  local timer, resume = uv.new_timer(), resumer()
  timer:start(milliseconds, 0, resume)
  self.wake = resume
  coroutine.yield()
  self.wake = nil
  timer:close()
  return self.is_open
end

--- Does nothing until the other side closes, or a minute has passed.
function Connection:stall()
  self:pause(LONGEST_STALL)
  self:close()
end

--- Closes after what was sent.
function Connection:close()
  if not self.is_open then return end
  self.is_open = false
  self.socket:close()
  if self.wake then self.wake() end
end

--- Closes with a reset.
function Connection:reset()
  if not self.is_open then return end
  self.is_open = false
  self.socket:close_reset()
end

-- Takes a request from the input once it is all there, or its head if that is enough.
function Connection:take()
  if not self.head then
    self.head, self.input = request.head(self.input)
    if not self.head then return nil end
    self.route, self.argument = self.routes.find(self.head)
    local expects = self.head.headers.expect
    if expects and not self.route.is_early then
      self.socket:write("HTTP/1.1 100 Continue\r\n\r\n")
    end
  end
  local head = self.head
  if not self.route.is_early then
    local body, rest = request.body(head, self.input)
    if not body then return nil end
    head.body, self.input = body, rest
  end
  self.head = nil
  return head
end

function Connection:answer(taken)
  local finish = log.add(taken, self.number)
  self.route.answer(self, taken, self.argument)
  finish()
  if (taken.headers.connection or ""):lower() == "close" then self:close() end
end

-- In a coroutine: answers what has come.
function Connection:advance()
  self.is_busy = true
  local taken = self:take()
  while taken do
    self:answer(taken)
    taken = self.is_open and self:take()
  end
  self.is_busy = false
  if self.has_ended then self:close() end
end

function Connection:receive(failure, chunk)
  if not chunk then
    self.has_ended = true
    if failure or not self.is_busy then self:close() end
    if self.wake then self.wake() end
    return
  end
  self.input = self.input .. chunk
  if #self.input > LONGEST_INPUT then return self:close() end
  if self.is_busy then return end
  local thread = coroutine.create(self.advance)
  local ok, message = coroutine.resume(thread, self)
  if not ok then error(debug.traceback(thread, message)) end
end

---@param socket userdata
---@param routes table that has `find`
function connection.serve(socket, routes)
  count = count + 1
  local self = setmetatable({ socket = socket, number = count, input = "", is_open = true,
    is_busy = false, routes = routes }, Connection)
  socket:nodelay(true)
  socket:read_start(function(failure, chunk) self:receive(failure, chunk) end)
end

return connection
