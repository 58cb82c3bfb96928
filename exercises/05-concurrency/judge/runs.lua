--- Calls of a solution and of the given function, with what they gave and what they took. Called
--- with the exercise's folder.

local folder = ...
local calls = dofile(folder .. "/judge/calls.lua")

local runs = {}

local SHOWN <const> = 12

---@class Run
---@field results any
---@field cpu number   seconds of processor time, of all processes
---@field family number those of other processes than the solution's own
---@field wall number
---@field calls Calls
---@field made Call[] each of them

--- One call of the solution's function that a check is about.
---@return Run? run nil when it failed
---@return table? failure a result
local function run(session, child, check, numbers, workers)
  local path = session:folder(child) .. "/calls"
  calls.clear(path)
  local spent, results, code = session:timed(child, session:name_of(check),
    table.pack(numbers, workers))
  if not spent then
    return nil, session:failed(results, code, check)
  end
  local there, own, lost = child:invoke("process")
  if not there then
    return nil, session:failed(own, lost, check)
  end
  local made = calls.read(path)
  return {
    results = results, cpu = spent.cpu, family = spent.family, wall = spent.wall, made = made,
    calls = calls.sum_up(made, own),
  }
end

--- What is wrong with the results.
local function judge_results(session, numbers, got)
  local difference, expected = session:difference(table.pack(numbers), got)
  return difference and { status = "fail", detail = difference, notes = {
    "expected " .. session.format.value(expected, SHOWN),
    "got      " .. session.format.value(got, SHOWN),
  } }
end

--- A failed result with the call that it is about.
local function about(result, session, check, numbers, workers)
  local notes = result.notes or {}
  table.insert(notes, 1, ("%s(%s%s)"):format(session:name_of(check),
    session.format.value(numbers, SHOWN), workers and ", " .. workers or ""))
  table.insert(notes, ("the same again: --seed %x"):format(session.seed))
  result.notes = notes
  return result
end

--- The same, which must give the right results.
---@param session Session
---@param child table
---@param check table
---@param numbers integer[]
---@param workers? integer
---@return Run? run nil when something is wrong
---@return table? failure a result
function runs.right(session, child, check, numbers, workers)
  local done, failure = run(session, child, check, numbers, workers)
  failure = failure or judge_results(session, numbers, done.results)
  if failure then
    return nil, about(failure, session, check, numbers, workers)
  end
  return done
end

--- The given function on all numbers, one after another. It is ours: a failure is an error.
---@param session Session
---@param given table a child
---@param numbers integer[]
---@return {cpu: number, wall: number}
function runs.given(session, given, numbers)
  return assert(session:spend(given, "call", session.exercise.naive.name, table.pack(numbers)))
end

return runs
