--- The source files that a profile tells of, and whether they are still what was profiled.

local source = {}

local OFFSET, PRIME = 0xcbf29ce484222325, 0x100000001b3 -- FNV-1a, 64 bits

--- `fnv1a:` and 16 hexadecimal digits.
---@param text string
---@return string
function source.hash(text)
  local hash, byte = OFFSET, string.byte
  for i = 1, #text do
    hash = (hash ~ byte(text, i)) * PRIME
  end
  return ("fnv1a:%016x"):format(hash)
end

--- The text of a source: of the file it names, or the chunk's own.
---@param name string as Lua has it
---@return string? text nil when it cannot be read
function source.read(name)
  local sign = name:sub(1, 1)
  if sign == "=" then
    return nil
  elseif sign ~= "@" then
    return name
  end
  local file <close> = io.open(name:sub(2), "rb")
  return file and file:read("a")
end

--- The hashes of the files that functions come from and that can be read.
---@param functions table[]
---@param known? table<string, string> those that need not be read again
---@return table<string, string> by source
function source.hashes(functions, known)
  local hashes, seen = {}, {}
  for _, fn in ipairs(functions) do
    if fn.source:sub(1, 1) == "@" and not seen[fn.source] then
      seen[fn.source] = true
      local text = not (known and known[fn.source]) and source.read(fn.source)
      hashes[fn.source] = known and known[fn.source] or text and source.hash(text) or nil
    end
  end
  return hashes
end

--- The lines of a source, and what is to be known of them.
---@param raw table
---@param name string
---@return string[]? lines
---@return string? warning
function source.lines(raw, name)
  local text = source.read(name)
  if not text then
    return nil, "the file cannot be read: only its lines' numbers are shown"
  end
  local lines = {}
  for line in text:gmatch("([^\n]*)\n?") do
    lines[#lines + 1] = line
  end
  local hash = raw.sources and raw.sources[name]
  if hash and hash ~= source.hash(text) then
    return lines, "the file has changed since it was profiled: figures may stand beside other lines"
  end
  return lines
end

--- Of several functions on one line nobody can tell which one is meant; nor what a list of
--- variables is given.
local function name_on(line)
  local _, functions = line:gsub("%f[%w_]function%f[^%w_]", "")
  if functions ~= 1 or line:find("^[^=({]*,%s*[%w_]+%s*=%s*function") then
    return nil
  end
  return line:match("%f[%w_]function%s+[%w_.:]-([%a_][%w_]*)%s*%(")
    or line:match("([%a_][%w_]*)%s*=%s*function%f[^%w_]")
    or line:match("([%a_][%w_]*)%s*<%s*%a+%s*>%s*=%s*function%f[^%w_]")
end

--- What the text of a program calls functions, where it can be read.
---@return fun(fn: {source: string, line: integer}): string? name
function source.namer()
  local files = {}
  return function(fn)
    if fn.source:sub(1, 1) ~= "@" then
      return nil
    end
    files[fn.source] = files[fn.source] or source.lines({}, fn.source) or {}
    return name_on(files[fn.source][fn.line] or "")
  end
end

--- Gives functions the names that their text has. The recorder knows what callers call them, which
--- is nothing in a tail call or a call from C, and `fn` or `callback` in many others.
---@param functions table[] of a raw profile; changed
function source.name(functions)
  local name_of = source.namer()
  for _, fn in ipairs(functions) do
    if fn.kind == "Lua" then
      fn.name = name_of(fn) or fn.name
    end
  end
end

return source
