--- The formats a profile can be written in: a module each, {extensions, prefixes?, encode}, where
--- `encode(profile)` returns the file's content, or nil, message and perhaps a code.

local formats = {}

---@class ProfileFormat
---@field extensions string[] ends of file names, without the first dot
---@field prefixes? string[]  beginnings of file names
---@field encode fun(profile: perilune.profiler.Profile): string|nil, string?, string?

--- The names, in the order one lists them.
formats.names = { "text", "json", "speedscope", "collapsed", "callgrind", "pstats", "html",
  "svg" }

---@param name string
---@return ProfileFormat? format
---@return string? message
---@return string? code "format"
function formats.named(name)
  for _, known in ipairs(formats.names) do
    if name == known then
      return (require("perilune.profile.formats." .. name))
    end
  end
  return nil, ("unknown format '%s': %s"):format(name, table.concat(formats.names, ", ")), "format"
end

local function ends_with(text, ending)
  return text:sub(-#ending - 1) == "." .. ending
end

--- How much of a file's name speaks for a format: 0 when nothing does.
local function fit(base, format)
  local best = 0
  for _, extension in ipairs(format.extensions) do
    if ends_with(base, extension) then
      best = math.max(best, #extension)
    end
  end
  for _, prefix in ipairs(format.prefixes or {}) do
    if base:sub(1, #prefix) == prefix then
      best = math.max(best, #prefix)
    end
  end
  return best
end

--- The format that a file's name asks for; the longest ending decides.
---@param path string
---@return string? name
---@return string? message
function formats.guess(path)
  local base, best, found = path:match("[^/]*$"):lower(), 0, nil
  for _, name in ipairs(formats.names) do
    local fits = fit(base, formats.named(name))
    if fits > best then
      best, found = fits, name
    end
  end
  if not found then
    return nil, ("no format is known by the name of '%s'; choose one: %s"):format(
      path, table.concat(formats.names, ", "))
  end
  return found
end

return formats
