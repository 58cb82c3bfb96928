--- Runs a command of this program beside the one that is running.

local uv = require("luv")
local loop = require("perilune.lab.watch.loop")

local beside = {}

local function read(pipe, parts, ended)
  pipe:read_start(loop.later(function(_, chunk)
    if chunk then
      parts[#parts + 1] = chunk
      return
    end
    pipe:close()
    ended()
  end))
end

---@param arguments string[]
---@param take fun(output: string, errors: string) what it has printed, when it has ended
---@return userdata process
function beside.run(arguments, take)
  local out, err, outputs, errors = uv.new_pipe(false), uv.new_pipe(false), {}, {}
  local process, open = nil, 3
  local function ended()
    open = open - 1
    if open == 0 then
      take(table.concat(outputs), table.concat(errors))
    end
  end
  process = assert(uv.spawn(uv.exepath(), { args = arguments, stdio = { nil, out, err } },
    loop.later(function()
      process:close()
      ended()
    end)))
  read(out, outputs, ended)
  read(err, errors, ended)
  return process
end

return beside
