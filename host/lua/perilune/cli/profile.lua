--- perilune profile [options] FILE [arguments]

local formats = require("perilune.profile.formats")
local host = require("perilune.host")
local nearest = require("perilune.cli.nearest")
local report = require("perilune.profile.report")
local settings = require("perilune.profile.settings")
local sort = require("perilune.profile.sort")
local uv = require("luv")

local profile = { summary = "run a script as `run` does, and show where its time goes" }

local MISUSE = 2
local HINT = " (see: perilune profile -h)"
local MODES = { "sample", "lines", "memory" }

--- Checks an option's value as PERILUNE_PROFILE's word is checked.
local function checked(word, names)
  return function(text)
    local value, message = settings.check[word](text)
    local near = value == nil and names and nearest(text, names)
    if near then
      message = message:gsub(":.*$", "") .. ("; did you mean '%s'?"):format(near)
    end
    return value, message
  end
end

function profile.define(parser)
  parser:mutex(
    parser:flag("--sample", "Look 1,000 times a second, instead of at every call."),
    parser:flag("--lines", "Count and time every line; shows the source."),
    parser:flag("--memory", "Count what is allocated."))
  parser:option("--interval", "Seconds between samples (0.001)."):argname("S")
    :convert(checked("interval"))
  parser:option("-s --sort", "What decides the order: self, total, calls, name, ..., or a word of "
    .. "pstats; several with commas."):argname("KEY"):convert(checked("sort", sort.words))
  parser:option("--limit", "Rows to show, 0 for all (30)."):argname("N"):convert(checked("limit"))
  parser:option("--filter", "Only functions whose name or file has this text or Lua pattern.")
    :argname("TEXT")
  parser:option("-o --output", "Save to a file, in the format of its name; - is standard output.")
    :argname("PATH")
  parser:option("--format", table.concat(formats.names, ", ") .. ".")
    :argname("FORMAT"):convert(checked("format", formats.names))
  parser:flag("--open", "Save a page and open it in a browser.")
  parser:option("--impl", "As for `run`."):argname("CHOICE")
  parser:option("--memory-limit", "As for `run`."):argname("SIZE"):target("memory_limit")
  parser:argument("FILE", "The script; - is standard input."):argname("FILE"):target("script")
  parser:argument("ARGUMENT", "Its arguments, options among them."):argname("ARGUMENT"):args("*")
end

-- Options whose value is the next word.
local VALUED = {
  ["--interval"] = true, ["-s"] = true, ["--sort"] = true, ["--limit"] = true,
  ["--filter"] = true, ["-o"] = true, ["--output"] = true, ["--format"] = true,
  ["--impl"] = true, ["--memory-limit"] = true,
}

--- Our own words, FILE the last of them, and all words from FILE (or a `--` before it) on.
---@param argv string[]
---@return string[] own
---@return string[] rest
function profile.split(argv)
  local i = 1
  while argv[i] and argv[i]:find("^%-.") and argv[i] ~= "--" do
    i = i + (VALUED[argv[i]] and 2 or 1)
  end
  local file = argv[i] == "--" and i + 1 or i
  return table.move(argv, 1, math.min(file, #argv), 1, {}), table.move(argv, i, #argv, 1, {})
end

local function mode_of(args)
  for _, mode in ipairs(MODES) do
    if args[mode] then
      return mode
    end
  end
  return args.interval and "sample" or "calls"
end

--- A name that nobody has, for a page.
local function temporary()
  local name = os.tmpname()
  os.remove(name)
  return name .. ".html"
end

--- Where the profile goes: a table to standard error unless something else is asked for.
local function wanted_of(args)
  local named = args.output and args.output ~= "-"
  local format = args.format or not named and (args.open and "html" or "text") or nil
  return {
    mode = mode_of(args), interval = args.interval, sort = args.sort, limit = args.limit,
    filter = args.filter, format = format, open = args.open, once = true,
    output = args.output or args.open and temporary() or nil,
  }
end

local function misuse_of(args, wanted)
  local shaped = args.sort and "-s" or args.limit and "--limit" or args.filter and "--filter"
  if wanted.interval and wanted.mode ~= "sample" then
    return ("--interval is for --sample, not --%s"):format(wanted.mode)
  elseif not wanted.format and not formats.guess(wanted.output) then
    return (select(2, formats.guess(wanted.output)))
  elseif args.open and (settings.format(wanted) ~= "html" or args.output == "-") then
    return "--open shows a page: leave out --format and -o, or have them say html"
  elseif shaped and settings.format(wanted) ~= "text" then
    return shaped .. " is for the table alone: leave it out, or -o and --format"
  end
end

--- Why nothing can be saved there: told now, not when a long run has ended. A file is replaced, so
--- that its folder decides.
local function refused(path)
  if not path or path == "-" or path:find("^/dev/") or path:find("^/proc/") then
    return nil
  end
  local folder = path:match("^(.*/)[^/]*$") or "./"
  if not uv.fs_access(folder, "") then
    return ("cannot save a profile in '%s': there is no such folder"):format(folder)
  elseif not uv.fs_access(folder, "W") then
    return ("cannot save a profile in '%s': permission denied"):format(folder)
  elseif (uv.fs_stat(path) or {}).type == "directory" then
    return ("cannot save a profile as '%s': it is a folder"):format(path)
  end
end

local function command_line(args, rest)
  local words = { arg[0], "run", "--profile" }
  for _, option in ipairs({ { "--impl", args.impl }, { "--memory-limit", args.memory_limit } }) do
    table.move(option, 1, option[2] and 2 or 0, #words + 1, words)
  end
  return table.move(rest, 1, #rest, #words + 1, words)
end

function profile.run(args, rest)
  local wanted = wanted_of(args)
  local message = misuse_of(args, wanted)
  if message then
    return nil, message .. HINT, MISUSE
  end
  message = refused(wanted.output)
  if message then
    return nil, message
  end
  local ok, refusal = report.rehearse(wanted)
  if not ok then
    return nil, refusal
  end
  return host.become(command_line(args, rest), { PERILUNE_PROFILE = settings.encode(wanted) })
end

return profile
