--- perilune stats FILE [FILE2]

local bytes = require("perilune.profile.bytes")
local exits = require("perilune.cli.exits")
local dkjson = require("dkjson")
local file = require("perilune.profile.file")
local formats = require("perilune.profile.formats")
local model = require("perilune.profile.model")
local nearest = require("perilune.cli.nearest")
local select = require("perilune.profile.select")
local sort = require("perilune.profile.sort")
local terminal = require("perilune.cli.terminal")

local stats = { summary = "read profiles: tables, callers, source, flames, what changed" }

local HINT = " (see: perilune stats -h)"
local LIMIT = 30 -- rows of a table that nobody limited

local function limit_of(text)
  local limit = math.tointeger(tonumber(text))
  if limit and limit >= 0 then
    return limit
  end
  return nil, ("'%s' is no number of rows"):format(text)
end

local function sort_of(text)
  local keys, message = sort.parse(text)
  return keys and text, message
end

function stats.define(parser)
  parser:argument("FILE", "A profile in the json format; of two, the difference is shown.")
    :argname("FILE"):target("files"):args("1+")
  parser:option("-s --sort", "What decides the order: self, total, calls, name, wait, suspended, "
    .. "bytes, blocks, samples, line, file, or a word of pstats; several with commas.")
    :argname("KEY"):convert(sort_of).words = sort.words
  parser:option("--limit", ("Rows to show, 0 for all (%d)."):format(LIMIT))
    :argname("N"):convert(limit_of)
  parser:option("--filter", "Only functions whose name or file has this text or Lua pattern.")
    :argname("TEXT")
  parser:flag("--reverse", "The other way round.")
  parser:option("--callers", "Who called a function."):argname("NAME")
  parser:option("--callees", "Whom a function called."):argname("NAME")
  parser:flag("--lines", "The source beside what its lines cost.")
  parser:option("--annotate", "One source file, whole, beside what its lines cost.")
    :argname("SOURCE")
  parser:flag("--flame", "The calling contexts as bars.")
  parser:flag("--merge", "Take all files as one profile.")
  parser:option("-o --output", "Write to a file, in the format of its name."):argname("PATH")
  parser:option("--format", "Convert: " .. table.concat(formats.names, ", ") .. ".")
    :argname("FORMAT").words = formats.names
  parser:flag("--open", "Open a page of it in a browser; -o names its file.")
  parser:flag("--json", "Print rows for a program, in seconds and bytes.")
end

local VIEWS = { "callers", "callees", "lines", "annotate", "flame" }

--- The one view that is asked for, "table" when none is.
local function view_of(args)
  local found
  for _, name in ipairs(VIEWS) do
    if args[name] and found then
      return nil, ("--%s and --%s are two views: choose one"):format(found, name)
    end
    found = args[name] and name or found
  end
  return found or "table"
end

--- The format to convert to; nil for a view on the terminal.
local function format_of(args)
  if args.format then
    local known, message = formats.named(args.format)
    return known and args.format, message
  elseif args.output and args.output ~= "-" then
    return formats.guess(args.output)
  end
  return args.open and "html" or args.output and "text" or nil
end

--- What only the table of functions has.
local function shape_of(args)
  return args.sort and "-s" or args.limit and "--limit" or args.filter and "--filter"
    or args.reverse and "--reverse"
end

local function misuse_of_format(args, view, format)
  if view ~= "table" or args.json then
    return "a view is not converted: leave out --format, -o and --open, or the view"
  elseif #args.files > 1 and not args.merge then
    return "a difference is not converted: name one file, or --merge"
  elseif args.open and (format ~= "html" or args.output == "-") then
    return "--open shows a page: leave out --format and -o, or have them say html"
  elseif format ~= "text" and shape_of(args) then
    return shape_of(args) .. " is for the table alone: leave it out, or --format, -o and --open"
  end
end

--- A view would pass over it silently.
local function misuse_of_view(args, view)
  local limited = view == "flame" or view == "lines"
  local shape = args.sort and "-s" or args.filter and "--filter" or args.reverse and "--reverse"
    or not limited and args.limit and "--limit"
  return shape and ("%s is not for --%s: leave one out"):format(shape, view)
end

local function misuse_of(args, view, format)
  if #args.files > 2 and not args.merge then
    return "two files are compared; --merge takes more"
  elseif format then
    return misuse_of_format(args, view, format)
  elseif view ~= "table" and #args.files > 1 and not args.merge then
    return ("--%s shows one profile: name one file, or --merge"):format(view)
  end
  return view ~= "table" and misuse_of_view(args, view) or nil
end

--- What to save instead of a file in one of the formats that other programs read.
local function advice_on(path)
  local name = formats.guess(path)
  return name and name ~= "json"
    and (" (%s is for other programs: save one as NAME.json, too)"):format(name) or ""
end

local function load_all(paths)
  local profiles = {}
  for i, path in ipairs(paths) do
    local profile, message, code = model.load(path)
    if not profile then
      return nil, message .. (code == "format" and advice_on(path) or "")
    end
    profiles[i] = profile
  end
  return profiles
end

local function merged(profiles)
  local whole = profiles[1]
  for i = 2, #profiles do
    whole = whole:merge(profiles[i])
  end
  return whole
end

--- All rows unless fewer are asked for or people look on.
local function options_of(args)
  local limit = args.limit or not (args.json or args.format or args.output) and LIMIT or 0
  return {
    sort = args.sort, limit = limit > 0 and limit or nil, filter = args.filter,
    reverse = args.reverse, width = terminal.columns, paint = terminal.paint, file = args.annotate,
  }
end

local function encode(profile, args, format)
  if format == "text" then
    local options = options_of(args)
    options.width, options.paint = nil, nil
    return profile:text(options)
  end
  return profile:encode(format)
end

local function convert(profile, args, format)
  local encoded, message = encode(profile, args, format)
  if not encoded then
    return nil, message
  end
  local path = args.output or args.open and file.temporary(".html") or "-"
  if path == "-" then
    terminal.write(encoded)
    return 0
  end
  local ok
  ok, message = file.write(path, encoded)
  if ok and args.open then
    ok, message = require("perilune.profile.open")(path)
  end
  return ok and 0, message
end

local draw = {}

function draw.table(profile, _, options)
  return profile:text(options)
end

local function draw_edges(profile, direction, name, options)
  local text, message = require("perilune.profile.views.callers")(profile, direction, name, options)
  if text then
    return text
  end
  local names = {}
  for i, row in ipairs(profile:stats()) do
    names[i] = row.name
  end
  local near = nearest(name, names)
  return nil, near and ("%s; did you mean '%s'?"):format(message, bytes.escape(near)) or message
end

function draw.callers(profile, args, options)
  return draw_edges(profile, "callers", args.callers, options)
end

function draw.callees(profile, args, options)
  return draw_edges(profile, "callees", args.callees, options)
end

function draw.flame(profile, _, options)
  return require("perilune.profile.views.flame")(profile, options)
end

function draw.lines(profile, _, options)
  return require("perilune.profile.views.annotate")(profile, options)
end

draw.annotate = draw.lines

local rows = {}

function rows.table(profile, _, options)
  return (profile:stats(options))
end

function rows.callers(profile, args)
  return profile:callers(args.callers)
end

function rows.callees(profile, args)
  return profile:callees(args.callees)
end

function rows.flame(profile)
  return profile:tree()
end

function rows.lines(profile)
  return profile:lines()
end

rows.annotate = rows.lines

local KEYS = {
  "name", "source", "line", "kind", "status", "index", "of_index", "calls", "primitive", "tail",
  "count", "self", "total", "wait", "suspended", "entered", "samples", "total_samples", "bytes",
  "total_bytes", "entered_bytes", "blocks", "last", "caller", "callee", "of", "old", "new",
  "children",
}

local function print_json(value)
  terminal.say(bytes.escape(dkjson.encode(value, { keyorder = KEYS })))
  return 0
end

local function compare(old, new, args)
  local options = options_of(args)
  if args.json then
    return print_json((select.cut(old:diff(new), options)))
  end
  terminal.write(require("perilune.profile.views.diff")(old, new, options))
  return 0
end

local function show(profile, view, args)
  local options = options_of(args)
  if args.json then
    return print_json(rows[view](profile, args, options))
  end
  local text, message = draw[view](profile, args, options)
  if not text then
    return nil, message
  end
  terminal.write(text)
  return 0
end

local function run(args, view, format)
  local profiles, message = load_all(args.files)
  if not profiles then
    return nil, message
  elseif #profiles == 2 and not args.merge then
    return compare(profiles[1], profiles[2], args)
  end
  local profile = merged(profiles)
  if format then
    return convert(profile, args, format)
  end
  return show(profile, view, args)
end

function stats.run(args)
  local view, message = view_of(args)
  local format, complaint
  if view then
    format, complaint = format_of(args)
    message = complaint or misuse_of(args, view, format)
  end
  if message then
    return nil, message .. HINT, exits.MISUSE
  end
  return run(args, view, format)
end

return stats
