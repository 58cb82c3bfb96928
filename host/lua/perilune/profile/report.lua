--- What becomes of a whole program's profile: a file, or a table on a standard stream.

local file = require("perilune.profile.file")
local model = require("perilune.profile.model")
local settings = require("perilune.profile.settings")
local shell = require("perilune.shell")
local stream = require("perilune.profile.stream")

local ROWS = 30 -- of a table that nobody limited

--- The annotated source where lines were recorded, unless functions are asked for.
local function draw(profile, wanted, descriptor)
  local limit = wanted.limit or ROWS
  local options = {
    sort = wanted.sort, filter = wanted.filter, limit = limit > 0 and limit or nil,
  }
  if descriptor then
    options.width, options.paint = stream.look(descriptor)
  end
  local of_lines = wanted.mode == "lines" and not (wanted.sort or wanted.filter)
  return of_lines and require("perilune.profile.views.annotate")(profile, options)
    or profile:text(options)
end

local function encode(profile, wanted, descriptor)
  local format = settings.format(wanted)
  if format == "text" then
    return draw(profile, wanted, descriptor)
  end
  return profile:encode(format)
end

--- The file's name is told where it is not the user's own.
local function save(profile, wanted, path)
  local encoded, message = encode(profile, wanted)
  local ok = encoded
  if ok then
    ok, message = file.write(path, encoded)
  end
  if not ok then
    return nil, message
  end
  if not wanted.output then
    io.stderr:write("perilune: profile saved as ", path, "\n")
  end
  return true
end

local OPEN = [[
local _, message = require("perilune.profile.open")(arg[1])
if message then io.stderr:write("perilune: ", message, "\n") end]]

--- Opens the page in a process of its own: the program's event loop may have been closed by now.
local function open(path)
  os.execute(shell.command({ require("perilune.host").program, "-e", OPEN, "/dev/null", path }))
end

local report = {}

--- Beside a file in another format, for who has said how its rows are to be.
local function show_too(profile, wanted)
  if settings.format(wanted) ~= "text" and (wanted.sort or wanted.limit or wanted.filter) then
    return stream.write(io.stderr, draw(profile, wanted, 2))
  end
  return true
end

---@param profile perilune.profiler.Profile
---@param wanted ProfileSettings
---@param path? string the file, when it is one
---@return boolean? ok
---@return string? message
function report.write(profile, wanted, path)
  if path then
    local ok, message = save(profile, wanted, path)
    if ok and wanted.open then
      open(path)
    end
    if ok then
      ok, message = show_too(profile, wanted)
    end
    return ok, message
  end
  local handle, descriptor = io.stderr, 2
  if wanted.output then
    handle, descriptor = io.stdout, 1
  end
  local encoded, message = encode(profile, wanted, descriptor)
  if not encoded then
    return nil, message
  end
  return stream.write(handle, encoded)
end

--- The name of the file when the user has not chosen one; nil where it is none.
---@param wanted ProfileSettings
---@param script string
---@return string? path
function report.path(wanted, script)
  if wanted.output then
    return wanted.output ~= "-" and wanted.output or nil
  end
  local name = settings.format(wanted)
  if name == "text" then
    return nil
  end
  local base = script == "-" and "stdin" or script:match("[^/]*$"):gsub("%.lua$", "")
  local format = require("perilune.profile.formats").named(name)
  return ("%s.profile.%s"):format(base, format.extensions[1])
end

--- An empty profile, to try out all that writing one needs.
---@param wanted ProfileSettings
---@return boolean? ok
---@return string? message
function report.rehearse(wanted)
  local profile = model.new({
    format = "perilune-profile", version = 1, mode = wanted.mode, clock = "tsc", time = 0,
    duration = 0, cpu = 0, processes = 1, sources = {}, notes = {},
    collector = { cycles = 0, mode = "incremental" },
    functions = { { name = "(program)", source = "=(root)", line = -1, last = -1, kind = "root" } },
    nodes = { parent = { 0 }, ["function"] = { 1 }, calls = { 0 }, self = { 0 } },
  })
  if wanted.open and not pcall(require, "perilune.host") then
    return nil, "only the program `perilune` opens a browser"
  end
  local encoded, message = encode(profile, wanted)
  return encoded and true, message
end

return report
