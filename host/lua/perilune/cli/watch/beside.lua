--- Runs a command of this program beside the one that is running.

local uv = require("luv")
local loop = require("perilune.lab.watch.loop")
local pipe = require("perilune.lab.pipe")

local beside = {}

---@param arguments string[]
---@param take fun(output: string, errors: string) what it has printed, when it has ended
---@return userdata process
function beside.run(arguments, take)
  local out, err, output, errors = uv.new_pipe(false), uv.new_pipe(false), nil, nil
  local process, open = nil, 3
  local function ended()
    open = open - 1
    if open == 0 then
      take(output, errors)
    end
  end
  process = assert(uv.spawn(uv.exepath(), { args = arguments, stdio = { nil, out, err } },
    loop.later(function()
      process:close()
      ended()
    end)))
  pipe.whole(out, loop.later(function(text)
    output = text
    ended()
  end))
  pipe.whole(err, loop.later(function(text)
    errors = text
    ended()
  end))
  return process
end

return beside
