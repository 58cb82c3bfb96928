--- What ends a server: Ctrl-C, SIGTERM, SIGHUP and, if it is asked for, the end of standard input.
--- Not a client that is gone while it is written to: of that luv tells, but SIGPIPE comes first.

local uv = require("luv")
local callback = require("perilune.serve.callback")

local ending = {}

local OPEN = {
  pipe = function()
    local pipe = assert(uv.new_pipe(false))
    pipe:open(0)
    return pipe
  end,
  tcp = function()
    local tcp = assert(uv.new_tcp())
    tcp:open(0)
    return tcp
  end,
  tty = function() return assert(uv.new_tty(0, true)) end,
}

--- A file, and /dev/null, has an end at once.
local function watch_input(on_end)
  local open = OPEN[uv.guess_handle(0)]
  if not open then
    local timer = assert(uv.new_timer())
    timer:start(0, 0, on_end)
    return timer
  end
  local stream = open()
  stream:read_start(callback(function(problem, chunk)
    if problem or not chunk then on_end() end
  end))
  return stream
end

local function watch_signal(name, on_signal)
  local signal = assert(uv.new_signal())
  signal:start(name, on_signal)
  return signal
end

--- Watches for the end.
---@param until_eof boolean whether the end of standard input is one
---@param on_end fun() called once
function ending.watch(until_eof, on_end)
  local handles, ended = {}, false
  local finish = callback(function()
    if ended then return end
    ended = true
    for _, handle in ipairs(handles) do handle:close() end
    on_end()
  end)
  for i, name in ipairs({ "sigint", "sigterm", "sighup" }) do
    handles[i] = watch_signal(name, finish)
  end
  handles[#handles + 1] = watch_signal("sigpipe", function() end)
  if until_eof then handles[#handles + 1] = watch_input(finish) end
end

return ending
