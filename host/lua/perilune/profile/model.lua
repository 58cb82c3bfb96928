--- A profile: what was recorded, and the questions one asks of it.

local arguments = require("perilune.arguments")

local model = {}

---@class perilune.profiler.Row
---@field name string
---@field source string   as Lua has it: "@app.lua", "=[C]", or the text of a chunk
---@field line integer    where the function is defined; -1 when it has no line
---@field kind "Lua"|"main"|"C"|"zone"|"root"
---@field calls integer     0 in a sampled profile
---@field primitive integer calls while the function was not running already
---@field self number       seconds in the function itself, waits included
---@field total number      seconds with all that it called; once a path, however it recurses
---@field wait number       seconds of `self` off the processor
---@field suspended number  seconds between a yield and the next resume; in neither self nor total
---@field samples integer
---@field bytes integer     allocated by the function itself
---@field blocks integer
---@field total_bytes integer with all that it called
---@field total_samples integer
---@field tail integer      calls that were tail calls: the one that made them had left
---@field index integer     where the function stands in the profile's `functions`

---@class perilune.profiler.Selection
---@field sort? string    "self", "total", ..., pstats' words and prefixes; several with commas
---@field limit? integer
---
--- Plain text or a Lua pattern, found in `name file:line`.
---@field filter? string|fun(row: table): boolean
---@field reverse? boolean

---@class perilune.profiler.ViewOptions: perilune.profiler.Selection
---@field width? integer columns (100)
---
--- Colours are "red", "yellow", "green", "cyan", "dim", "bold".
---@field paint? fun(text: string, colour: string): string

--- Fields of the raw profile (mode, duration, functions, nodes, ...) can be read from it as well,
--- except `lines`, which is a method; `raw` has them all.
---@class perilune.profiler.Profile
---@field raw table
local Profile = {}

local STRING <const> = arguments.STRING

local FILTER <const> = { "string or function", function(value)
  return type(value) == "string" or arguments.FUNCTION[2](value)
end }

-- Of the views, too: what selects rows and what shows them come in one table.
local OPTIONS <const> = {
  sort = STRING, limit = arguments.FROM_0, filter = FILTER, reverse = arguments.BOOLEAN,
  width = arguments.FROM_1, paint = arguments.FUNCTION,
}

local function field(self, name)
  local method = Profile[name]
  if method ~= nil then
    return method
  end
  return rawget(self, "raw")[name]
end

local metatable = { __index = field, __name = "perilune.profile" }

--- Wraps a raw profile, which must be sound (see perilune.profile.check).
---@param raw table
---@return perilune.profiler.Profile
function model.new(raw)
  return setmetatable({ raw = raw }, metatable)
end

--- Reads a profile from a file of the `json` format.
---@param path string
---@return perilune.profiler.Profile? profile
---@return string? message
---@return string? code "io", "format" (no profile, or a broken one), "version"
function model.load(path)
  local raw, message, code = require("perilune.profile.file").load(path)
  if not raw then
    return nil, message, code
  end
  return model.new(raw)
end

local PROFILE <const> = { "perilune.profile", function(value)
  return debug.getmetatable(value) == metatable
end }

local function queries()
  return require("perilune.profile.queries")
end

--- Each function with its figures, by `self` (by `bytes` where memory was recorded) unless told.
---@param selection? perilune.profiler.Selection
---@return perilune.profiler.Row[] rows
---@return integer count of rows before the limit
function Profile:stats(selection)
  arguments.options(1, "stats", selection, OPTIONS)
  local select = require("perilune.profile.select")
  return select.rows(queries().flat(self.raw), selection, self.raw.mode)
end

--- Who called the functions of a name; each row has the callee as `of`, and its figures are what
--- the callee did for this caller.
---@param name string a name, or else what a filter takes
---@return perilune.profiler.Row[]
function Profile:callers(name)
  arguments.check(1, "callers", name, FILTER)
  return queries().callers(self.raw, name)
end

--- Whom the functions of a name called; each row has the caller as `of`.
---@param name string
---@return perilune.profiler.Row[]
function Profile:callees(name)
  arguments.check(1, "callees", name, FILTER)
  return queries().callees(self.raw, name)
end

--- The calling contexts as nested tables: rows with `children`, the root first.
---@return perilune.profiler.Row
function Profile:tree()
  return queries().nested(self.raw)
end

--- Each source line that was recorded: {source, line, name, count, self, total, samples, bytes,
--- blocks}, by source and line.
---@return table[]
function Profile:lines()
  return queries().lines(self.raw)
end

--- What changed from this profile to another: {name, source, line, kind, old, new, calls, self,
--- total, bytes, status}, the largest change first. The figures are differences; `old` and `new`
--- are rows of `stats` or nil, `status` is "new", "gone" or nil.
---@param other perilune.profiler.Profile
---@return table[]
function Profile:diff(other)
  arguments.check(1, "diff", other, PROFILE)
  return require("perilune.profile.diff")(self.raw, other.raw)
end

--- Both in one: functions by their source position, calling contexts joined, processes counted.
---@param other perilune.profiler.Profile
---@return perilune.profiler.Profile
function Profile:merge(other)
  arguments.check(1, "merge", other, PROFILE)
  return model.new(require("perilune.profile.merge")(self.raw, other.raw))
end

--- The table of functions as text.
---@param options? perilune.profiler.ViewOptions
---@return string
function Profile:text(options)
  options = arguments.options(1, "text", options, OPTIONS)
  return require("perilune.profile.views.table")(self, options)
end

--- The profile in another format, as text or bytes.
---@param format string
---@return string? encoded
---@return string? message
---@return string? code
function Profile:encode(format)
  arguments.check(1, "encode", format, STRING)
  local found, message, code = require("perilune.profile.formats").named(format)
  if not found then
    return nil, message, code
  end
  return found.encode(self)
end

--- Writes the profile to a file, which is complete or untouched.
---@param path string
---@param format? string guessed from the file's name when not given
---@return boolean? ok
---@return string? message
---@return string? code "io", or "format" when the format is unknown or cannot be written
function Profile:save(path, format)
  arguments.check(1, "save", path, STRING)
  local message
  if not format then
    format, message = require("perilune.profile.formats").guess(path)
  end
  if not format then
    return nil, message, "format"
  end
  local encoded, refusal, code = self:encode(format)
  if not encoded then
    return nil, refusal, code or "format"
  end
  return require("perilune.profile.file").write(path, encoded)
end

-- `profile.stats()` is told that it lacks a profile.
for name, method in pairs(Profile) do
  Profile[name] = function(self, ...)
    if not PROFILE[2](self) then
      error(("calling '%s' on bad self (perilune.profile expected, got %s)"):format(
        name, type(self)), 2)
    end
    return method(self, ...)
  end
end

return model
