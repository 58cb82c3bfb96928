--- What is being recorded of this program: for those who let other processes run parts of it, so
--- that these are recorded as well. perilune.profiler and perilune.heap open recordings, a pool
--- contributes what its workers did; neither knows more of the other than stands here.

local clock = require("perilune.clock")

local recording = {}

local LONGEST <const> = 1e9 -- seconds that a timer can wait

--- Functions for other processes are fields of modules, so that they go by name.
---@class perilune.Recording
---@field begin function called in each worker, with `options`; an error ends the worker
---@field options any plain
---@field leave function called in a worker before it ends, or the recording does
---@field add fun(value: any, place: table) what `leave` returned; `place` stands for the worker
---  and for those that it replaced
---@field miss fun(why: perilune.Recording.Miss, message?: string) of a worker nothing will come

--- "killed": it is dead; "late": it was busy for too long; "refused": an error, or the answer could
--- not be sent
---@alias perilune.Recording.Miss "killed"|"late"|"refused"

---@class perilune.Recording.Question
---@field recording perilune.Recording of which the asked are part
---@field ask function
---@field last boolean the asked are no part of it any more
---@field take fun(value: any, place: table)
---@field miss fun(why: perilune.Recording.Miss, message?: string)

---@class perilune.Recording.Contributor
---@field begin fun(self, recording: perilune.Recording)
---@field ask fun(self, question: perilune.Recording.Question) does not wait
---@field await fun(self, deadline: number) waits until all have answered
---@field forget fun(self, recording: perilune.Recording) those that come will not be part of it

---@type perilune.Recording[]
local open = {}

---@type table<perilune.Recording.Contributor, true>
local contributors = setmetatable({}, { __mode = "k" })

local function all()
  local list = {}
  for contributor in pairs(contributors) do list[#list + 1] = contributor end
  return list
end

---@param one perilune.Recording
function recording.open(one)
  open[#open + 1] = one
  for _, contributor in ipairs(all()) do contributor:begin(one) end
end

--- Asks all that are part of a recording.
---@param question perilune.Recording.Question
---@param seconds? number to wait for answers, as tasks may be running; none: does not wait
function recording.ask(question, seconds)
  local asked = all()
  for _, contributor in ipairs(asked) do contributor:ask(question) end
  local deadline = clock.now() + math.min(seconds or 0, LONGEST)
  for _, contributor in ipairs(seconds and asked or {}) do contributor:await(deadline) end
end

--- Ends a recording: what those that are part of it return is added, as far as it comes in time.
---@param one perilune.Recording
---@param seconds? number as for `ask`
function recording.close(one, seconds)
  for i = #open, 1, -1 do
    if open[i] == one then table.remove(open, i) end
  end
  for _, contributor in ipairs(all()) do contributor:forget(one) end
  recording.ask(recording.farewell(one), seconds)
end

---@param one perilune.Recording
---@return perilune.Recording.Question to one who leaves
function recording.farewell(one)
  return { recording = one, ask = one.leave, last = true, take = one.add, miss = one.miss }
end

---@param contributor perilune.Recording.Contributor held weakly
---@return perilune.Recording[] those that are open
function recording.join(contributor)
  contributors[contributor] = true
  return table.move(open, 1, #open, 1, {})
end

---@param contributor perilune.Recording.Contributor
function recording.part(contributor)
  contributors[contributor] = nil
end

return recording
