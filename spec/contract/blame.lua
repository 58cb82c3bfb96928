--- Errors, and the lines that they blame.
local blame = {}

--- The message of the error that the call must raise.
function blame.message(fn, ...)
  local ok, message = pcall(fn, ...)
  assert(not ok, "no error was raised")
  return message
end

--- The text as an error that blames the line 'offset' lines below the function's first one.
function blame.at(fn, offset, text)
  local info = debug.getinfo(fn, "S")
  return ("%s:%d: %s"):format(info.short_src, info.linedefined + offset, text)
end

return blame
