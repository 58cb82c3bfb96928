--- Sweeps of spec/faults in rounds, each about twice as thorough as the one before, for a time.

local clock = require("perilune.clock")
local sweeps = require("spec.faults.sweeps")

-- All scenarios once; the outputs, and of those that fail what they said.
local function round(build, program, scenarios, argument)
  local outputs, failures = {}, {}
  for i, scenario in ipairs(scenarios) do
    local ok, output = sweeps.run(build .. "/spec", program, scenario, argument)
    outputs[i] = output
    if not ok then failures[#failures + 1] = output end
  end
  return table.concat(outputs), failures
end

--- Runs rounds with the arguments that `arguments` gives in turn, until the time is used or there
--- are no more; the last one may be too long by as much.
---@param program "oom"|"calls"
---@param scenarios string[]
---@param arguments fun(round: integer): integer?
---@param seconds number
---@param build? string build/asan
---@return string output of all
---@return string[] failures
return function(program, scenarios, arguments, seconds, build)
  local outputs, failures, start, last = {}, {}, clock.now(), 0
  for i = 1, math.huge do
    local argument = arguments(i)
    local used = clock.now() - start
    if not argument or (i > 1 and used + 2 * last > seconds) then break end
    local output, failed = round(build or "build/asan", program, scenarios, argument)
    last = clock.now() - start - used
    outputs[i] = output
    table.move(failed, 1, #failed, #failures + 1, failures)
  end
  return table.concat(outputs), failures
end
