--- A server on this machine that takes its time, in a process of its own: `perilune serve`. It
--- tells of each request that it was asked, and ends with the program that started it.

local uv = require("luv")

-- Milliseconds: for it to start, and between two looks whether it has.
local PATIENCE <const>, LOOK <const> = 20000, 2

---@class Request
---@field came number      seconds of the monotonic clock, when it had been read
---@field answered number  when its answer began
---@field status integer   0: there was no answer
---@field target string

---@class Server
---@field url string with a slash at its end
local Server = {}
Server.__index = Server

local server = {}

--- A file without a name, which is gone when nobody has it open.
local function open_unnamed()
  local fd, path = uv.fs_mkstemp((os.getenv("TMPDIR") or "/tmp") .. "/perilune-XXXXXX")
  if fd then
    uv.fs_unlink(path)
  end
  return fd, path
end

--- What the server has written and nobody has read.
local function read_rest(self)
  local text = uv.fs_read(self.output, uv.fs_fstat(self.output).size - self.position,
    self.position)
  return text or ""
end

--- Takes what the server has written, up to a whole line; nil when there is none.
local function take(self, pattern)
  local text = read_rest(self):match(pattern)
  self.position = self.position + #(text or "")
  return text
end

--- Waits for the first line.
local function await_line(self)
  local timer, looks, line = uv.new_timer(), 0
  timer:start(LOOK, LOOK, function()
    looks = looks + 1
  end)
  repeat
    uv.run("once")
    line = take(self, "^[^\n]*\n")
  until line or self.ended or looks * LOOK > PATIENCE
  timer:close()
  return line
end

local function arguments_of(options)
  local list = { "serve", "--port=0", "--until-eof", "--quiet", "--log=-" }
  for name, value in pairs(options) do
    list[#list + 1] = ("--%s=%s"):format(name, value)
  end
  return list
end

local function spawn(self, options)
  local process, problem = uv.spawn(uv.exepath(), {
    args = arguments_of(options), stdio = { self.input, self.output, 2 },
  }, function()
    self.ended = true
  end)
  self.process = process
  return process and true, problem
end

--- The server is on this machine, whatever proxy is set for others.
local function leave_out_proxy(self)
  self.others, self.leaves_out = os.getenv("no_proxy"), true
  uv.os_setenv("no_proxy", "127.0.0.1" .. (self.others and "," .. self.others or ""))
end

local function restore_proxy(self)
  if not self.leaves_out then
    return
  elseif self.others then
    uv.os_setenv("no_proxy", self.others)
  else
    uv.os_unsetenv("no_proxy")
  end
end

local function fail(problem)
  return nil, "no server could be started: " .. problem
end

--- Starts one on a free port.
---@param options {latency: number?, jitter: number?, size: integer?, seed: integer?}
---@return Server?
---@return string? message
function server.start(options)
  local output, message = open_unnamed()
  if not output then
    return fail(message)
  end
  local self = setmetatable({ input = uv.new_pipe(false), output = output, position = 0 }, Server)
  local started, problem = spawn(self, options)
  local line = started and await_line(self)
  self.url = line and line:match("^http:%S+")
  if not self.url then
    self:close()
    return fail(problem or "`perilune serve` gave no URL")
  end
  self.process:unref()
  leave_out_proxy(self)
  return self
end

--- What it was asked since the last call, in the order of answers.
---@return Request[]
function Server:requests()
  local list, text = {}, take(self, "^.*\n") or ""
  for came, answered, status, target in text:gmatch("(%S+) (%S+) (%d+) %u+ (%S+)\n") do
    list[#list + 1] = {
      came = tonumber(came), answered = tonumber(answered), status = tonumber(status),
      target = target,
    }
  end
  return list
end

local function end_process(process)
  process:ref()
  process:kill("sigterm")
  while process:is_active() do
    uv.run("once")
  end
  process:close()
end

--- Ends it, and waits for that; does nothing the second time.
function Server:close()
  if self.closed then
    return
  end
  self.closed = true
  restore_proxy(self)
  self.input:close()
  uv.fs_close(self.output)
  if self.process then
    end_process(self.process)
  end
  uv.run("nowait")
end

Server.__close = Server.close

--- Beginnings and ends of requests in order of time; of one time, ends first.
---@param list Request[]
---@return {time: number, step: 1|-1}[]
local function events_of(list)
  local events = {}
  for _, request in ipairs(list) do
    events[#events + 1] = { time = request.came, step = 1 }
    events[#events + 1] = { time = request.answered, step = -1 }
  end
  table.sort(events, function(a, b)
    if a.time ~= b.time then
      return a.time < b.time
    end
    return a.step < b.step
  end)
  return events
end

--- How many requests were in flight at once, at most: asked and not yet answered.
---@param list Request[]
---@return integer
function server.most(list)
  local most, now = 0, 0
  for _, event in ipairs(events_of(list)) do
    now = now + event.step
    most = math.max(most, now)
  end
  return most
end

return server
