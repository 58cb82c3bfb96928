--- as_completed, of both versions: futures have `state`, and `watchers`, lists to which they are
--- added when they are done.

local failure = require("perilune.pool.failure")

-- Of each, to a list of those that are done and not yet given to the loop.
local function watch(futures)
  local done = {}
  for _, one in ipairs(futures) do
    if one.state == "done" then
      done[#done + 1] = one
    else
      one.watchers = one.watchers or {}
      table.insert(one.watchers, done)
    end
  end
  return done
end

local function first_undone(futures, i)
  while futures[i] and futures[i].state == "done" do i = i + 1 end
  return i
end

--- Iterates over futures as they get done.
---@param list perilune.pool.Future[] each once
---@param timeout? number seconds
---@param now fun(): number
---@param advance fun(one: perilune.pool.Future, deadline?: number): boolean lets something be done;
---  false: the deadline has passed
return function(list, timeout, now, advance)
  local deadline = timeout and now() + timeout
  local done, given, undone = watch(list), 0, 1
  return function()
    while not done[given + 1] do
      undone = first_undone(list, undone)
      if not list[undone] then return nil end
      if not advance(list[undone], deadline) and not done[given + 1] then
        error(failure.late(#list - given, #list, timeout), 0)
      end
    end
    given = given + 1
    return done[given]
  end
end
