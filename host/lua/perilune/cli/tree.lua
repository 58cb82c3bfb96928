--- The whole program as one parser of argparse, which the manual and the completions are made from.

local argparse = require("argparse")
local cli = require("perilune.cli")
local host = require("perilune.host")
local shell = require("perilune.shell")

--- What a command prints for -h whose arguments others read.
local function help_text(name)
  local pipe <close> = assert(io.popen(shell.command({ host.program, name, "-h" })))
  return pipe:read("a")
end

--- `-p, --pattern=PATTERN` -> "-p --pattern", "PATTERN", 1. A value may be optional: `--level[=N]`.
local function names_of(label)
  local names, value = {}, nil
  for word in label:gsub("%[no%-%]", ""):gmatch("[^%s,]+") do
    local name, rest = word:gsub("[%[%]]", ""):match("^(%-[%w-]+)=?(.*)$")
    names[#names + 1] = name
    value = not name and word or rest ~= "" and rest or value
  end
  return table.concat(names, " "), value, label:find("%[=") and "?" or value and 1 or 0
end

--- A line of help that begins an option.
local function row_of(line)
  local label, text = line:match("^%s+(%-.-)%s%s+(.+)$")
  if not label then
    label, text = line:match("^%s%s(%-%-%S+) (.+)$")
  end
  return label, text
end

--- Adds options as `help_text` shows them; what is not about options is the description.
local function read_options(command, text)
  local option, prose = nil, {}
  for line in text:gmatch("[^\n]*") do
    local label, description = row_of(line)
    if label then
      local names, value, count = names_of(label)
      option = command:option(names):description(description):args(count)
      if value then option:argname(value) end
    elseif option and line:find("^%s%s%s%s+%S") then
      option:description(option._description .. " " .. line:match("%S.*"))
    else
      option = nil
      prose[#prose + 1] = line
    end
  end
  return table.concat(prose, "\n")
end

--- The paragraphs of a help text that tell something of their own.
local function sentences_of(prose)
  local kept = {}
  for paragraph in (prose .. "\n\n"):gmatch("(.-)\n\n+") do
    if paragraph:find("%S") and not paragraph:find("^%u[%w ,']+: *$")
      and not paragraph:find("^Usage:") and not paragraph:find("^%u+:") then
      kept[#kept + 1] = paragraph:gsub("\n%S+.*: *$", ""):gsub("\n", " ")
    end
  end
  return table.concat(kept, "\n\n")
end

local function add(program, name)
  local summary, define = cli.command(name)
  local command = program:command(name, summary):summary(summary):add_help(false)
  if define then
    command:flag("-h --help", "Show this.")
    define(command)
    for _, option in ipairs(command._options) do
      option._choices = option.words or option._choices -- converters check words, and say more
    end
  else
    command:description(sentences_of(read_options(command, help_text(name))))
  end
end

---@return table parser its commands have names, summaries, options and arguments
return function()
  local program = argparse("perilune", "Performance work in Lua."):add_help(false)
    :require_command(false)
  program:flag("-h --help", "Show what there is.")
  program:flag("--version", "Show the version.")
  for _, name in ipairs(cli.names()) do
    if name ~= "help" then
      add(program, name)
    end
  end
  program:command("help", "tell more about a command"):add_help(false)
    :argument("COMMAND"):argname("COMMAND"):args("?"):choices(cli.names())
  return program
end
