--- Runs another program to its end. The interrupt is libuv's meanwhile: it may not be raised in a
--- callback.

local interrupted = require("perilune.cli.interrupted")
local uv = require("luv")

local process = {}

---@class ProcessOptions
---@field args string[]
---@field input? string    its standard input, which is empty without
---@field output? boolean  what it prints is wanted: it is dropped without
---@field stderr? integer  the descriptor that its errors go to
---@field patience? integer ms, after which it is killed

---@class ProcessEnd
---@field status integer
---@field signal integer 0 when it ended by itself
---@field late boolean   it was killed, out of patience
---@field output string
---@field errors string

local function collect(pipe, parts)
  pipe:read_start(function(_, chunk)
    if chunk then
      parts[#parts + 1] = chunk
    else
      pipe:close()
    end
  end)
end

local function close(handle)
  if handle and not handle:is_closing() then
    handle:close()
  end
end

--- The reader may have ended before it has read all.
local function feed(pipe, text)
  pipe:write(text, function()
    close(pipe)
  end)
end

local function ignore() end

local function pipes_for(options)
  if not options.output then
    return {}
  end
  return { input = uv.new_pipe(false), output = uv.new_pipe(false), errors = uv.new_pipe(false) }
end

--- Kills it when the user has had enough, or nobody has patience any more. A pipe that it does not
--- read from must not kill us.
local function watch(handle, ended, options)
  local interrupt, broken, timer = uv.new_signal(), uv.new_signal(), uv.new_timer()
  interrupt:start("sigint", function()
    ended.stopped = true
    handle:kill("sigterm")
  end)
  broken:start("sigpipe", ignore)
  if options.patience then
    uv.update_time()
    timer:start(options.patience, 0, function()
      ended.late = true
      handle:kill("sigkill")
    end)
  end
  return { handle, interrupt, broken, timer }
end

--- Runs it. Raises the interrupt's message where there was one.
---@param program string
---@param options ProcessOptions
---@return ProcessEnd? ended
---@return string? message why it cannot be started: "ENOENT: ..."
function process.run(program, options)
  local ended, outputs, errors = { late = false }, {}, {}
  local pipes = pipes_for(options)
  local handle, message, watching
  handle, message = uv.spawn(program, {
    args = options.args,
    stdio = { pipes.input, pipes.output, pipes.errors or options.stderr },
  }, function(status, signal)
    ended.status, ended.signal = status, signal
    close(pipes.input)
    for _, one in ipairs(watching) do
      one:close()
    end
  end)
  if not handle then
    for _, pipe in pairs(pipes) do
      pipe:close()
    end
    uv.run("nowait")
    return nil, message
  end
  watching = watch(handle, ended, options)
  if options.output then
    collect(pipes.output, outputs)
    collect(pipes.errors, errors)
    feed(pipes.input, options.input or "")
  end
  uv.run()
  if ended.stopped then
    error(interrupted.MESSAGE, 0)
  end
  ended.output, ended.errors = table.concat(outputs), table.concat(errors)
  return ended
end

return process
