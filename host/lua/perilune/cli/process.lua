--- Runs another program to its end. Signals that interrupt are libuv's meanwhile: nothing may be
--- raised in a callback.

local exits = require("perilune.cli.exits")
local interrupted = require("perilune.cli.interrupted")
local pipe = require("perilune.lab.pipe")
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

local function close(handle)
  if handle and not handle:is_closing() then
    handle:close()
  end
end

--- The reader may have ended before it has read all.
local function feed(input, text)
  input:write(text, function()
    close(input)
  end)
end

local function pipes_for(options)
  if not options.output then
    return {}
  end
  return { input = uv.new_pipe(false), output = uv.new_pipe(false), errors = uv.new_pipe(false) }
end

--- Kills it when the user has had enough, or nobody has patience any more.
local function watch(handle, ended, options)
  local timer = uv.new_timer()
  local watching = { handle, timer }
  for name in pairs(exits.SIGNALS) do
    local signal = uv.new_signal()
    signal:start(name, function()
      ended.stopped = name
      handle:kill("sigterm")
    end)
    watching[#watching + 1] = signal
  end
  if options.patience then
    uv.update_time()
    timer:start(options.patience, 0, function()
      ended.late = true
      handle:kill("sigkill")
    end)
  end
  return watching
end

--- Runs it. Raises the interrupt's message where there was one.
---@param program string
---@param options ProcessOptions
---@return ProcessEnd? ended
---@return string? message why it cannot be started: "ENOENT: ..."
function process.run(program, options)
  local ended = { late = false, output = "", errors = "" }
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
    for _, one in pairs(pipes) do
      one:close()
    end
    uv.run("nowait")
    return nil, message
  end
  watching = watch(handle, ended, options)
  if options.output then
    pipe.whole(pipes.output, function(text) ended.output = text end)
    pipe.whole(pipes.errors, function(text) ended.errors = text end)
    feed(pipes.input, options.input or "")
  end
  uv.run()
  if ended.stopped then
    error(interrupted.by(ended.stopped), 0)
  end
  return ended
end

return process
