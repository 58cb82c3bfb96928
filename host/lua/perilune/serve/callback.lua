--- Functions that luv may call: its 1.44 ends the process where a callback raises an error.

local function report(problem)
  local text = debug.traceback(tostring(problem), 2)
  io.stderr:write("perilune: serve: ", text, "\n")
end

---@param fn function
---@return function that reports errors on standard error instead of raising them
return function(fn)
  return function(...)
    xpcall(fn, report, ...)
  end
end
