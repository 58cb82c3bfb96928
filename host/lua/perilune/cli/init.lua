--- The program's commands: finds the one that is meant, reads its arguments, runs it.
---
--- `perilune.cli.NAME` returns {summary, define = fn(parser), run = fn(args)}. `run` returns an
--- exit code, or nil, message and perhaps a code (default 1) for what the world refused. A command
--- with `raw` gets its arguments as they stand, one with `split` the second part of them.

local argparse = require("argparse")
local exits = require("perilune.cli.exits")
local interrupted = require("perilune.cli.interrupted")
local label = require("perilune.cli.label")
local nearest = require("perilune.cli.nearest")
local terminal = require("perilune.cli.terminal")

local cli = {}

local GROUPS = {
  { "The exercises", "list", "start", "watch", "check", "hint", "compare", "report", "reset" },
  { "For instructors", "grade", "verify" },
  { "Tools", "run", "profile", "stats", "memory", "time", "serve", "completion" },
  { "The whole", "demo", "test", "torture" },
}

-- What host/main.c does itself, its help included.
local HOST = { run = "run a script as lua5.4 does, its options and exit codes included" }

local function command_names()
  local names = { "help" }
  for _, group in ipairs(GROUPS) do
    table.move(group, 2, #group, #names + 1, names)
  end
  return names
end

local function is_command(name)
  for _, known in ipairs(command_names()) do
    if known == name then
      return true
    end
  end
  return false
end

local function load_command(name)
  return require("perilune.cli." .. name)
end

local function summary_of(name)
  return HOST[name] or load_command(name).summary
end

local function overview()
  local lines = {
    "Usage: perilune COMMAND [arguments]",
    "       perilune [options] FILE [arguments]     as lua5.4 does",
    "       perilune                                a prompt; :help there",
  }
  for _, group in ipairs(GROUPS) do
    lines[#lines + 1] = "\n" .. group[1]
    for i = 2, #group do
      lines[#lines + 1] = ("  %-10s %s"):format(group[i], summary_of(group[i]))
    end
  end
  lines[#lines + 1] = "\n`perilune COMMAND -h` tells more. Begin with `perilune demo`."
  return table.concat(lines, "\n")
end

local function complain(message, hint)
  terminal.clear()
  io.stderr:write("perilune: ", message, hint and (" (see: %s)"):format(hint) or "", "\n")
end

local function unknown(name)
  local near = nearest(name, command_names())
  local guess = near and ("; did you mean '%s'?"):format(near) or ""
  complain(("unknown command '%s'%s"):format(name, guess), "perilune help")
  return exits.MISUSE
end

--- A parser that never exits, with a place for arguments that are too many.
local function parser_of(name, command)
  local asked = { help = false }
  local description = command.summary:gsub("^%l", string.upper) .. "."
  local parser = argparse("perilune " .. name, description):add_help(false):help_max_width(80)
  parser:flag("-h --help", "Show this."):action(function()
    asked.help = true
  end)
  command.define(parser)
  for _, option in ipairs(parser._options) do
    -- argparse's own has a line for each name.
    option._get_label_lines = function() return { label(option) } end
  end
  parser:argument("surplus"):args("*"):hidden(true)
  return parser, asked
end

local function one_line(message)
  return (message:gsub("\nDid you mean", "; did you mean"):gsub("\n", " "))
end

local function read_arguments(name, command, argv)
  local parser, asked = parser_of(name, command)
  local ok, args = parser:pparse(argv)
  if asked.help then
    terminal.say(parser:get_help())
    return nil, 0
  end
  local message = not ok and one_line(args)
  if ok and args.surplus and args.surplus[1] then
    message = ("unexpected argument '%s'"):format(args.surplus[1])
  end
  if message then
    complain(message, ("perilune %s -h"):format(name))
    return nil, exits.MISUSE
  end
  return args
end

local function run(name, argv)
  local command = load_command(name)
  local own, rest = argv, nil
  if command.split then
    own, rest = command.split(argv)
  end
  local args, code = own, 0
  if not command.raw then
    args, code = read_arguments(name, command, own)
  end
  if not args then
    return code
  end
  local status, message, failure = command.run(args, rest)
  if not status then
    complain(message)
    return failure or 1
  end
  return status
end

local function help(name)
  if not name or name == "help" or name == "-h" or name == "--help" then
    terminal.say(overview())
    return 0
  elseif HOST[name] then
    terminal.say(("%s: %s (options: perilune %s -h)"):format(name, HOST[name], name))
    return 0
  elseif not is_command(name) then
    return unknown(name)
  end
  return run(name, { "-h" })
end

local function dispatch(argv)
  local name = argv[1]
  if name == nil or name == "-h" or name == "--help" then
    return help()
  elseif name == "help" then
    return help(argv[2])
  elseif not is_command(name) then
    return unknown(name)
  end
  return run(name, table.move(argv, 2, #argv, 1, {}))
end

--- What there is to define: nil where the arguments are read by others, in C or by busted.
---@param name string
---@return string summary
---@return fun(parser: table)? define
function cli.command(name)
  return summary_of(name), not HOST[name] and load_command(name).define or nil
end

--- In the order in which help shows them, `help` last.
---@return string[] names
function cli.names()
  local names = command_names()
  table.insert(names, (table.remove(names, 1)))
  return names
end

--- Runs the program's commands.
---@param argv string[] without the program's name
---@return integer code 0 passed, 1 failed, 2 misuse, 3 inconclusive, 130 interrupted, 141 unread
function cli.main(argv)
  local ok, result = pcall(dispatch, argv)
  if ok then
    return result
  elseif interrupted.is(result) then
    complain("interrupted")
    return interrupted.code(result)
  elseif result == terminal.UNREAD then
    return exits.UNREAD
  end
  complain(tostring(result))
  return 1
end

return cli
