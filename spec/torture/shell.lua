--- Commands, and what they print.

local shell = {}

---@class Running a line of the shell's that has been started
local Running = {}
Running.__index = Running

--- Starts a line of the shell's.
---@param line string
---@return Running
function shell.start(line)
  local pipe = assert(io.popen("{ " .. line .. "\n} </dev/null 2>&1"))
  return setmetatable({ pipe = pipe }, Running)
end

--- Waits for its end.
---@return boolean ok
---@return string output with its errors
function Running:finish()
  local output = self.pipe:read("a")
  return self.pipe:close() == true, output
end

function Running:__close()
  if io.type(self.pipe) == "file" then self.pipe:close() end
end

--- Runs a line of the shell's.
---@param line string
---@return boolean ok
---@return string output with its errors
function shell.run(line)
  local running <close> = shell.start(line)
  return running:finish()
end

---@param output string
---@param pattern string with one capture, a number
---@return integer sum
function shell.sum(output, pattern)
  local sum = 0
  for figure in output:gmatch(pattern) do sum = sum + math.tointeger(tonumber(figure)) end
  return sum
end

return shell
