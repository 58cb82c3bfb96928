--- perilune completion SHELL

local terminal = require("perilune.cli.terminal")

local completion = { summary = "print what completes its commands and options in your shell" }

local SHELLS = { "bash", "zsh", "fish" }

function completion.define(parser)
  parser:argument("SHELL", "bash, zsh or fish."):argname("SHELL"):choices(SHELLS)
end

--- What argparse's scripts lack: the words that an argument of a command may be, and files where a
--- script may stand. And what they have too much: the program's own options behind a command.
local add = {}

function add.bash(script, words)
  -- Names of files, with blanks in them too, are bash's own to complete.
  script = script:gsub('opts="%$opts ', 'opts="'):gsub("COMPREPLY=%(%$%(compgen %-f [^\n]*",
    "COMPREPLY=()")
  local cases = {}
  for _, each in ipairs(words) do
    cases[#cases + 1] = ('        %s) COMPREPLY=($(compgen -W "%s" -- "$cur")) ;;\n'):format(
      each.command, each.words)
  end
  local last = '\n    if [[ "$cur" = -* ]]'
  local at = script:find(last, 1, true)
  return script:sub(1, at) .. '    case "$cmd" in\n' .. table.concat(cases) .. "    esac\n"
    .. script:sub(at)
end

-- The first word may be a script: files, too.
function add.fish(script, words)
  local lines = { "complete -c perilune -n '__fish_perilune_using_command' -F" }
  for _, each in ipairs(words) do
    lines[#lines + 1] = ("complete -c perilune -n '__fish_perilune_using_command %s' -xa '%s'")
      :format(each.command, each.words)
  end
  return script .. table.concat(lines, "\n") .. "\n"
end

-- As a file of zsh's it is the function; sourced, it only says what completes perilune.
local ZSH_END <const> = [=[
if [[ $funcstack[1] = _perilune ]]; then
  _perilune "$@"
else
  compdef _perilune perilune
fi
]=]

function add.zsh(script)
  script = script:gsub("(options=%(\n%s*)%$options\n%s*", "%1")
  script = script:gsub('": :(_perilune_cmds)"',
    '": : _alternative \'commands:command:%1\' \'files:script:_files\'"')
  return (script:gsub("_perilune\n*$", ZSH_END))
end

local function words_of(tree)
  local list = {}
  for _, command in ipairs(tree._commands) do
    for _, argument in ipairs(command._arguments) do
      local words = argument._choices and table.concat(argument._choices, " ")
      list[#list + 1] = words and { command = command._name, words = words }
    end
  end
  return list
end

---@param shell "bash"|"zsh"|"fish"
---@return string
function completion.script(shell)
  local tree = require("perilune.cli.tree")()
  return add[shell](tree["get_" .. shell .. "_complete"](tree), words_of(tree))
end

function completion.run(args)
  terminal.write(completion.script(args.SHELL))
  return 0
end

return completion
