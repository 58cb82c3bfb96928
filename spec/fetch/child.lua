--- A process that ends when a line, or the end, of its standard input comes, so that it outlives
--- nobody who holds the other end.
local uv = require("luv")
local waiting = require("spec.fetch.waiting")

local child = {}

---@class Child
local Child = {}
Child.__index = Child

local PATIENCE <const> = 20 -- seconds

--- Its handles do not keep luv's loop running.
---@param file string
---@param arguments string[]
---@return Child
function child.start(file, arguments)
  local input, output = uv.new_pipe(false), uv.new_pipe(false)
  local self = setmetatable({ input = input, output = output, text = "" }, Child)
  self.process, self.pid = assert(uv.spawn(file, { args = arguments, stdio = { input, output, 2 } },
    function(code, signal) self.status = signal == 0 and code or 128 + signal end))
  output:read_start(function(_, chunk)
    self.text, self.has_ended = self.text .. (chunk or ""), chunk == nil
  end)
  for _, handle in ipairs { input, output, self.process } do handle:unref() end
  return self
end

--- The next line of its output, without its end; nil when there is none.
---@return string?
function Child:line()
  waiting.wait(PATIENCE, function() return self.has_ended or self.text:find("\n", 1, true) end)
  local line, rest = self.text:match("^([^\n]*)\n(.*)$")
  self.text = rest or self.text
  return line
end

---@param line string for its standard input
function Child:tell(line)
  self.input:write(line .. "\n")
end

--- Ends it and waits for that. May be called again.
---@return integer? status its exit status; above 128 for a signal
function Child:stop()
  local shield = waiting.shield()
  if not self.input:is_closing() then
    self:tell("")
    self.input:shutdown()
  end
  if not waiting.wait(PATIENCE, function() return self.status end) then
    uv.process_kill(self.process, "sigkill")
    waiting.wait(PATIENCE, function() return self.status end)
  end
  waiting.close { self.input, self.output, self.process, shield }
  return self.status
end

Child.__close = Child.stop

return child
