--- Runs luv's loop until something has come about, for specs that speak to servers.
local uv = require("luv")

local waiting = {}

--- Handles that are unreferenced keep nobody waiting; here they are served all the same.
---@param seconds number at most
---@param is_done fun(): any
---@return any done false when the time was up before
function waiting.wait(seconds, is_done)
  local timer, is_late = uv.new_timer(), false
  uv.update_time() -- the loop may not have run for long
  timer:start(math.ceil(seconds * 1000), 0, function() is_late = true end)
  local done = is_done()
  while not (done or is_late) do
    uv.run("once")
    done = is_done()
  end
  timer:close()
  uv.run("nowait")
  return done
end

--- Closes handles, some of which may be closing already, and returns once they are closed.
---@param handles userdata[]
function waiting.close(handles)
  local open = 0
  for _, handle in ipairs(handles) do
    if not handle:is_closing() then
      open = open + 1
      handle:close(function() open = open - 1 end)
    end
  end
  assert(waiting.wait(10, function() return open == 0 end))
end

--- A handle while which is open SIGPIPE, which libuv lets come when the other side has gone, ends
--- nobody.
---@return userdata
function waiting.shield()
  local signal = uv.new_signal()
  signal:start("sigpipe", function() end)
  signal:unref()
  return signal
end

return waiting
