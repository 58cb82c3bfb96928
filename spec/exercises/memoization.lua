--- Exercise 4's criteria, one by one.
local criteria = require("spec.exercises.criteria")

local exercise4 = criteria.of(4, "memoization")

local memoization = {
  folder = exercise4.folder, reference = exercise4.reference, seed = exercise4.seed,
  exercise = exercise4.exercise, fails = criteria.fails, passes = criteria.passes,
}

function memoization.only(name) return exercise4:only(name) end

function memoization.open() exercise4:open() end

function memoization.close() exercise4:close() end

---@return string path of the folder of a test's solutions
function memoization.scratch() return exercise4.scratch end

---@return string path
function memoization.write(name, text) return exercise4:write(name, text) end

--- The result of one criterion for a solution that is given as text.
function memoization.judge_text(name, text) return exercise4:judge_text(name, text) end

--- For one whose function is given as an expression, with lines before.
function memoization.judge_function(check, name, expression, before)
  return memoization.judge_text(check, ([[
    %s
    local none = function() end
    local returned = { fib = none, fib_memo = none, memoize = none, slow_factorial = none,
      factorial = none, pitfall = none }
    returned.%s = %s
    return returned]]):format(before or "", name, expression))
end

return memoization
