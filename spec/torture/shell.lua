--- Commands, and what they print.

local shell = {}

--- Runs a line of the shell's.
---@param line string
---@return boolean ok
---@return string output with its errors
function shell.run(line)
  local pipe <close> = assert(io.popen("{ " .. line .. "\n} </dev/null 2>&1"))
  local output = pipe:read("a")
  return pipe:close() == true, output
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
