--- perilune completion SHELL

local completion = { summary = "print what completes its commands and options in your shell" }

local SHELLS = { "bash", "zsh", "fish" }

function completion.define(parser)
  parser:argument("SHELL", "bash, zsh or fish."):argname("SHELL"):choices(SHELLS)
end

---@param shell "bash"|"zsh"|"fish"
---@return string
function completion.script(shell)
  local tree = require("perilune.cli.tree")()
  return tree["get_" .. shell .. "_complete"](tree)
end

function completion.run(args)
  io.stdout:write(completion.script(args.SHELL))
  return 0
end

return completion
