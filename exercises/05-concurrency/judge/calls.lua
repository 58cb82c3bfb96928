--- The calls of compute_prime_factors that given/naive.lua wrote down: which process made them, and
--- how many were at work at once.

local calls = {}

---@class Call
---@field process integer
---@field n integer
---@field began number seconds of the wall clock
---@field ended number
---@field cpu number seconds of processor time

local LINE <const> = "^(%d+) (%d+) ([%d.]+) ([%d.]+) ([%d.]+)$"

--- Forgets the calls so far. The file stays: who has it open goes on at its end.
---@param path string
function calls.clear(path)
  assert(io.open(path, "w")):close()
end

---@param path string
---@return Call[]
function calls.read(path)
  local list = {}
  for line in io.lines(path) do
    local process, n, began, ended, cpu = line:match(LINE)
    if process then
      list[#list + 1] = {
        process = math.tointeger(process), n = math.tointeger(n), began = tonumber(began),
        ended = tonumber(ended), cpu = tonumber(cpu),
      }
    end
  end
  return list
end

--- Beginnings and ends of calls, in order of time; of one time, ends first.
local function events_of(list)
  local events = {}
  for _, call in ipairs(list) do
    events[#events + 1] = { time = call.began, process = call.process, step = 1 }
    events[#events + 1] = { time = call.ended, process = call.process, step = -1 }
  end
  table.sort(events, function(a, b)
    if a.time ~= b.time then
      return a.time < b.time
    end
    return a.step < b.step
  end)
  return events
end

--- How many processes were at work at once, and for how long some, and several, were.
local function overlap(list)
  local depths, active, last = {}, 0, 0
  local most, busy, shared = 0, 0, 0
  for _, event in ipairs(events_of(list)) do
    local passed = event.time - last
    busy = busy + (active > 0 and passed or 0)
    shared = shared + (active > 1 and passed or 0)
    local depth = depths[event.process] or 0
    depths[event.process] = depth + event.step
    active = active + (depth == 0 and 1 or depth + event.step == 0 and -1 or 0)
    most, last = math.max(most, active), event.time
  end
  return most, busy, shared
end

local function count_processes(list)
  local seen, count = {}, 0
  for _, call in ipairs(list) do
    count = count + (seen[call.process] and 0 or 1)
    seen[call.process] = true
  end
  return count
end

---@class Calls
---@field count integer   calls in all
---@field own integer     of these, in the solution's own process
---@field workers integer other processes that made some
---@field most integer    workers at work at once, at most
---@field busy number     seconds in which a worker was at work
---@field shared number   seconds in which several were
---@field cpu number      seconds of processor time of all calls
---@field wall number     seconds that the calls took, one by one

---@param list Call[]
---@param own integer the solution's process
---@return Calls
function calls.sum_up(list, own)
  local theirs, cpu, wall = {}, 0, 0
  for _, call in ipairs(list) do
    theirs[#theirs + 1] = call.process ~= own and call or nil
    cpu, wall = cpu + call.cpu, wall + call.ended - call.began
  end
  local most, busy, shared = overlap(theirs)
  return {
    count = #list, own = #list - #theirs, workers = count_processes(theirs), most = most,
    busy = busy, shared = shared, cpu = cpu, wall = wall,
  }
end

return calls
