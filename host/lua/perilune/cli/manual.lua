--- The manual page, perilune(1), made from the commands' own definitions.

local host = require("perilune.host")
local label = require("perilune.cli.label")
local tree = require("perilune.cli.tree")

local manual = {}

local HEAD <const> = [[
.TH PERILUNE 1 "%s" "perilune %s" "Performance work in Lua"
.SH NAME
perilune \- run, profile, time and judge Lua 5.4 scripts
.SH SYNOPSIS
.B perilune
.I COMMAND
[\fIARGUMENT\fR]...
.br
.B perilune
[\fIOPTION\fR]... \fIFILE\fR [\fIARGUMENT\fR]...
.br
.B perilune
.SH DESCRIPTION
A host for Lua 5.4 that measures: a profiler, a memory tracker, paired timings, cores in C behind
the interface of plain Lua, and exercises with a judge. A FILE with a '.' or '/' in its name runs as
lua5.4 runs it. Without arguments, at a terminal, it is a prompt.
.SH COMMANDS
]]

local TAIL <const> = [[
.SH EXIT STATUS
0 passed, 1 failed, 2 misuse, 3 inconclusive, 124 time limit, 128 + N ended by signal
N. Scripts and Lua's own options keep lua5.4's.
.SH ENVIRONMENT
.TP
.B PERILUNE_IMPL
What
.B \-\-impl
says, where that is not given.
.TP
.B PERILUNE_EXERCISES
The folder of the exercises.
.TP
.B PERILUNE_SHARE
The folder of pages: profile.html, report.html.
.TP
.B NO_COLOR
No colour if it is set, and not empty.
.TP
.B LUA_PATH, LUA_CPATH, LUA_INIT
As in lua5.4.
.SH FILES
.TP
.B ~/.local/state/perilune/history
What was typed at the prompt; below XDG_STATE_HOME where that is set.
.SH SEE ALSO
.BR lua5.4 (1)
]]

local function escape(text)
  local safe = text:gsub("\\", "\\e"):gsub("%-", "\\-")
  return (safe:gsub("\n([.'])", "\n\\&%1"):gsub("^[.']", "\\&%0"))
end

local function label_of(element)
  if element._aliases then return label(element) end
  return element._argname or table.concat(element:_get_label_lines(), " ")
end

local function add_elements(lines, elements)
  for _, element in ipairs(elements) do
    if not element._hidden then
      lines[#lines + 1] = ".TP\n.B " .. escape(label_of(element))
      lines[#lines + 1] = escape(element._description or "")
    end
  end
end

local function add_command(lines, command)
  local description = command._description or ""
  lines[#lines + 1] = ".SS perilune " .. escape(command._name)
  lines[#lines + 1] = escape((description:gsub("^%l", string.upper):gsub("[^.)]$", "%0.")))
  add_elements(lines, command._arguments)
  add_elements(lines, command._options)
end

--- The day that it was written; builds that are to be repeated set SOURCE_DATE_EPOCH.
local function date()
  return os.date("!%Y-%m-%d", tonumber(os.getenv("SOURCE_DATE_EPOCH")))
end

---@return string page in the language of man(7)
function manual.page()
  local lines = {}
  for _, command in ipairs(tree()._commands) do
    add_command(lines, command)
  end
  return HEAD:format(date(), host.version) .. table.concat(lines, "\n") .. "\n" .. TAIL
end

return manual
