--- perilune profile [options] [-e CODE] [-l MODULE] [FILE [arguments]]

local exits = require("perilune.cli.exits")
local formats = require("perilune.profile.formats")
local launch = require("perilune.cli.launch")
local nearest = require("perilune.cli.nearest")
local report = require("perilune.profile.report")
local settings = require("perilune.profile.settings")
local sort = require("perilune.profile.sort")

local profile = { summary = "run a script as `run` does, and show where its time goes" }

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
    .. "pstats; several with commas."):argname("KEY"):convert(checked("sort", sort.words)).words =
    sort.words
  parser:option("--limit", "Rows to show, 0 for all (30)."):argname("N"):convert(checked("limit"))
  parser:option("--filter", "Only functions whose name or file has this text or Lua pattern.")
    :argname("TEXT")
  parser:option("-o --output", "Save to a file, in the format of its name; - is standard output. "
    .. "With -s, --limit or --filter the table is shown as well."):argname("PATH")
  parser:option("--format", table.concat(formats.names, ", ") .. ".")
    :argname("FORMAT"):convert(checked("format", formats.names)).words = formats.names
  parser:flag("--json", "Write JSON; to standard output, unless -o says where.")
  parser:flag("--open", "Save a page and open it in a browser.")
  launch.define(parser)
end

-- Options whose value is the next word.
local VALUED = {
  ["--interval"] = true, ["-s"] = true, ["--sort"] = true, ["--limit"] = true,
  ["--filter"] = true, ["-o"] = true, ["--output"] = true, ["--format"] = true,
}

function profile.split(argv)
  return launch.split(argv, VALUED)
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
  local otherwise = args.json and "json" or args.open and "html" or "text"
  local format = args.format or (args.json or not named) and otherwise or nil
  return {
    mode = mode_of(args), interval = args.interval, sort = args.sort, limit = args.limit,
    filter = args.filter, format = format, open = args.open, once = true,
    output = args.output or args.json and "-" or args.open and temporary() or nil,
  }
end

local function misuse_of(args, wanted)
  local shaped = args.sort and "-s" or args.limit and "--limit" or args.filter and "--filter"
  if wanted.interval and wanted.mode ~= "sample" then
    return ("--interval is for --sample, not --%s"):format(wanted.mode)
  elseif not wanted.format and not formats.guess(wanted.output) then
    return (select(2, formats.guess(wanted.output)))
  elseif args.json and wanted.format ~= "json" then
    return "--json and --format are two ways to say it: leave one out"
  elseif args.open and (settings.format(wanted) ~= "html" or args.output == "-") then
    return "--open shows a page: leave out --format and -o, or have them say html"
  elseif shaped and settings.format(wanted) ~= "text" and wanted.output == "-" then
    return shaped .. " is for the table alone: leave it out, or give a file with -o"
  end
end

function profile.run(args, rest)
  local wanted = wanted_of(args)
  local message = launch.misuse_of(args) or misuse_of(args, wanted)
  if message then
    return nil, message .. HINT, exits.MISUSE
  end
  message = launch.refused(wanted.output, "profile")
  if message then
    return nil, message
  end
  local ok, refusal = report.rehearse(wanted)
  if not ok then
    return nil, refusal
  end
  return launch.become("--profile", args, rest, { PERILUNE_PROFILE = settings.encode(wanted) })
end

return profile
