--- Waits for many tasks.

local failure = require("perilune.async.failure")
local task = require("perilune.async.task")

local function cancel_all(tasks)
  for i = tasks.n, 1, -1 do tasks[i]:cancel() end
end

-- Returns when all are over; with `eager` the first one that has failed, at once.
local function wait(tasks, eager)
  local first
  task.await("gather", 3, function(wake)
    local left = 0
    for i = 1, tasks.n do
      local each = tasks[i]
      local function look()
        if eager and each.state ~= "done" then first = first or each end
      end
      if each:is_over() then
        look()
      else
        left = left + 1
        each:watch(function()
          look()
          left = left - 1
          if first or left == 0 then wake() end
        end)
      end
    end
    if first or left == 0 then wake() end
    return function() cancel_all(tasks) end
  end)
  return first
end

---@param tasks {n: integer} of tasks
---@param on_error "raise"|"return"
---@return any[]
return function(tasks, on_error)
  local first = wait(tasks, on_error == "raise")
  if first then cancel_all(tasks) end
  for i = 1, tasks.n do tasks[i]:ask() end
  if first then return first:outcome() end
  local list = { n = tasks.n }
  for i = 1, tasks.n do
    local each = tasks[i]
    if each.state == "done" then list[i] = each.results[1] else list[i] = failure.entry(each, i) end
  end
  return list
end
