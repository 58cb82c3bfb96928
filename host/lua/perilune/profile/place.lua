--- Where a function is defined, as people write it.

local place = {}

local CHUNK = 40 -- bytes of a chunk's text that stand for it

--- `app.lua`, `[C]`, `[string "local x = 1..."]`
---@param source string as Lua has it
---@return string
function place.file(source)
  local sign = source:sub(1, 1)
  if sign == "@" then
    return source:sub(2)
  elseif sign == "=" then
    local name = source:sub(2)
    return name:find("^[%[(]") and name or "(" .. name .. ")"
  end
  local first = source:match("^[^\n]*")
  local whole = first == source and #first <= CHUNK
  return ('[string "%s%s"]'):format(first:sub(1, CHUNK), whole and "" or "...")
end

--- `app.lua:10`, or the file alone where there is no line.
---@param fn {source: string, line: integer}
---@return string
function place.of(fn)
  local file = place.file(fn.source)
  return fn.line > 0 and file .. ":" .. fn.line or file
end

--- The line a reader is sent to: a main chunk's first one, 0 where there is none.
---@param fn {line: integer, kind: string}
---@return integer
function place.first_line(fn)
  return math.max(fn.line, fn.kind == "main" and 1 or 0)
end

--- A function in one string: `work (app.lua:10)`, `string.rep`.
---@param fn {name: string, source: string, line: integer, kind: string}
---@return string
function place.label(fn)
  if fn.kind == "Lua" or fn.kind == "main" then
    return ("%s (%s)"):format(fn.name, place.of(fn))
  end
  return fn.name
end

return place
