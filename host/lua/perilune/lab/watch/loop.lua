--- What luv calls back is done after the loop's turn: luv 1.44 ends the process where a callback
--- raises an error, and a terminal would stay as it was being used.

local uv = require("luv")

local loop = {}

local due = {}

---@param fn function
---@return function for luv: has `fn` called with the same arguments, in the turn under way
function loop.later(fn)
  return function(...)
    due[#due + 1] = table.pack(fn, ...)
  end
end

--- Whether more is to come: what was due may have closed a handle, which takes another turn.
local function run(mode)
  local more = uv.run(mode) or due[1] ~= nil
  while due[1] do
    local now = table.remove(due, 1)
    now[1](table.unpack(now, 2, now.n))
  end
  return more
end

--- Waits until something happens, and does what is due.
function loop.turn()
  run("once")
end

--- Goes on until no handle is open: what is left must be closing, or end by itself.
function loop.finish()
  repeat
    local more = run("once")
  until not more
end

return loop
