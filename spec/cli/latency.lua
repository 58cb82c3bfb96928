--- Starts `perilune serve`, and speaks HTTP with it byte by byte.
---
--- A server that is not stopped ends with these specs: its standard input does.
local assert = require("luassert")
local program = require("spec.cli.program")
local uv = require("luv")

local latency = {}

local PATIENCE <const> = 20000 -- milliseconds

--- Gives the loop turns until something is so.
local function await(is_so, what)
  local timer, late = uv.new_timer(), false
  uv.update_time()
  timer:start(PATIENCE, 0, function() late = true end)
  while not late and not is_so() do uv.run("once") end
  timer:close()
  uv.run("nowait")
  assert.is_false(late, what)
end

local function collect(stream, parts, on_end)
  stream:read_start(function(problem, chunk)
    if chunk then
      parts.text = parts.text .. chunk
    else
      parts.ended = problem or true
      if on_end then on_end() end
    end
  end)
end

local Server = {}
Server.__index = Server

--- Starts a server on a free port, with standard input as long as this handle.
---@param ... string arguments
function latency.start(...)
  local self = setmetatable({ out = { text = "" }, err = { text = "" } }, Server)
  self.input = uv.new_pipe(false)
  self.pipes = { self.input, uv.new_pipe(false), uv.new_pipe(false) }
  self.process = assert(uv.spawn(program.path, {
    args = { "serve", "--port=0", "--until-eof", ... }, stdio = self.pipes,
  }, function(code, signal) self.code = signal ~= 0 and 128 + signal or code end))
  collect(self.pipes[2], self.out)
  collect(self.pipes[3], self.err)
  await(function() return self.out.text:find("\n") or self.code end, "the server's URL")
  self.url = self.out.text:match("^[^\n]*")
  self.port = math.tointeger(tonumber(self.url:match(":(%d+)/$") or 0))
  return self
end

--- Waits until the server has ended.
function Server:join()
  await(function() return self.code and self.out.ended and self.err.ended end, "the server's end")
  for _, pipe in ipairs(self.pipes) do
    if not pipe:is_closing() then pipe:close() end
  end
  self.process:close()
  uv.run("nowait")
  self.stopped = true
end

--- Ends the server; does nothing the second time.
---@param signal? string
function Server:stop(signal)
  if self.stopped then return end
  if not self.code then self.process:kill(signal or "sigint") end
  self:join()
end

local Client = {}
Client.__index = Client

---@return table client with a connection of its own
function Server:connect()
  local client = setmetatable({ tcp = uv.new_tcp(), input = { text = "" } }, Client)
  local connected
  assert(client.tcp:connect("127.0.0.1", self.port, function(problem)
    connected = problem or true
  end))
  await(function() return connected end, "a connection")
  assert.is_true(connected)
  collect(client.tcp, client.input)
  return client
end

function Client:send(...)
  self.tcp:write(table.concat({ ... }))
  return self
end

function Client:close()
  self.tcp:close()
  uv.run("nowait")
end

--- Waits until the server closes, and gives what it has sent.
function Client:rest()
  await(function() return self.input.ended end, "the connection's end")
  self:close()
  return self.input.text
end

--- Waits for so many bytes, and takes them.
function Client:take(count)
  await(function() return #self.input.text >= count or self.input.ended end, count .. " bytes")
  local text = self.input.text
  self.input.text = text:sub(count + 1)
  return text:sub(1, count)
end

local function parse(head)
  local headers = {}
  for name, value in head:gmatch("\r\n([^:\r\n]+): ([^\r\n]*)") do headers[name:lower()] = value end
  return { status = tonumber(head:match("^HTTP/1%.1 (%d%d%d) ")), headers = headers }
end

--- Waits for the next answer, and takes it.
---@param bare? boolean it has no body
---@return {status: integer, headers: table<string, string>, body: string}?
function Client:answer(bare)
  local last
  await(function()
    last = select(2, self.input.text:find("\r\n\r\n", 1, true))
    return last or self.input.ended
  end, "an answer")
  if not last then return nil end
  local answer = parse(self:take(last))
  answer.body = bare and "" or self:take(tonumber(answer.headers["content-length"] or 0))
  return answer
end

--- Asks for a path on a connection of its own.
---@param path string
---@param method? string
function Server:ask(path, method)
  local client = self:connect()
  client:send(method or "GET", " ", path, " HTTP/1.1\r\nHost: here\r\n\r\n")
  local answer = client:answer(method == "HEAD")
  client:close()
  return answer
end

return latency
