--- perilune memory [options] [-e CODE] [-l MODULE] [FILE [arguments]]

local exits = require("perilune.cli.exits")
local launch = require("perilune.cli.launch")
local one_of = require("perilune.cli.one_of")
local settings = require("perilune.heap.settings")

local memory = { summary = "run a script as `run` does, and show what holds its memory" }

local HINT = " (see: perilune memory -h)"
local UNITS = { [""] = 1, K = 2 ^ 10, M = 2 ^ 20, G = 2 ^ 30 }
local FRAMES = 8 -- of stacks, when nobody says

local function whole(noun, least, most)
  return function(text)
    local n = math.tointeger(tonumber(text))
    if n and n >= least and n <= most then
      return n
    end
    return nil, ("'%s' is no number of %s"):format(text, noun)
  end
end

--- `512K` -> bytes
local function size(text)
  local number, unit = text:match("^([%d.]+)([KMG]?)$")
  local bytes = tonumber(number) and math.floor(tonumber(number) * UNITS[unit])
  if bytes and bytes >= 1 and bytes <= 2 ^ 40 then
    return bytes
  end
  return nil, ("'%s' is no size: bytes, or 64K, 1M"):format(text)
end

function memory.define(parser)
  parser:mutex(
    parser:flag("--exact", "Attribute every block (this is so unless --sampled is given)."),
    parser:flag("--sampled", "Attribute a sample of them, at less cost."))
  parser:option("--interval", "Bytes between samples (512K)."):argname("SIZE"):convert(size)
  one_of(parser:option("--by", "What a row is: line, function, stack."):argname("WHAT"),
    "kind of row", settings.BY)
  parser:option("--frames", "Lines of each stack (8)."):argname("N")
    :convert(whole("frames", 1, 64))
  one_of(parser:option("-s --sort",
    "What decides the order: peak, held at the end, allocated in all."):argname("KEY"), "sort key",
    settings.SORT)
  parser:option("-n --limit", "Rows to show, 0 for all (20)."):argname("N")
    :convert(whole("rows", 0, math.maxinteger))
  parser:option("-o --output", "Save to a file, .json or .txt; - is standard output.")
    :argname("PATH")
  parser:flag("--json", "Write JSON; to standard output, unless -o says where.")
  launch.define(parser)
end

-- Options whose value is the next word.
local VALUED = {
  ["--interval"] = true, ["--by"] = true, ["--frames"] = true, ["-s"] = true, ["--sort"] = true,
  ["-n"] = true, ["--limit"] = true, ["-o"] = true, ["--output"] = true,
}

function memory.split(argv)
  return launch.split(argv, VALUED)
end

local function wanted_of(args)
  local named = args.output and args.output:find("%.json$")
  local sampled = args.sampled or args.interval and not args.exact
  return {
    mode = sampled and "sampled" or "exact", interval = args.interval, by = args.by,
    frames = args.frames or args.by == "stack" and FRAMES or nil, sort = args.sort,
    limit = args.limit, format = (args.json or named) and "json" or "text",
    output = args.output or args.json and "-" or nil,
  }
end

local function misuse_of(args)
  local named = args.output and args.output ~= "-"
  if args.exact and args.interval then
    return "--interval is for --sampled, not --exact"
  elseif args.frames and args.by ~= "stack" then
    return "--frames is for --by stack"
  elseif named and not args.json and not args.output:find("%.json$")
    and not args.output:find("%.te?xt$") then
    return ("'%s' tells no format: .json or .txt, or add --json"):format(args.output)
  end
end

function memory.run(args, rest)
  local message = launch.misuse_of(args) or misuse_of(args)
  if message then
    return nil, message .. HINT, exits.MISUSE
  end
  local wanted = wanted_of(args)
  message = launch.refused(wanted.output, "report")
  if message then
    return nil, message
  end
  return launch.become("--track", args, rest, { PERILUNE_MEMORY = settings.encode(wanted) })
end

return memory
