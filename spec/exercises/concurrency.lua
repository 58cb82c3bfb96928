--- Exercise 5's criteria, one by one, on numbers that take a fifth of the time.
local criteria = require("spec.exercises.criteria")

local exercise5 = criteria.of(5, "concurrency")

local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local ROOT <const> = SANITIZED and 100000 or 200000 -- of the numbers

local numbers = dofile(exercise5.folder .. "/numbers.lua")
exercise5.exercise.generate = function(n, seed) return numbers(n, seed, ROOT) end

local concurrency = { criteria = exercise5, root = ROOT }

-- What every solution below begins with.
local BEFORE <const> = [[
  local pool, clock = require("perilune.pool"), require("perilune.clock")
  local compute_prime_factors = require("naive").compute_prime_factors
  local function factor_all(numbers)
    local list = {}
    for i, n in ipairs(numbers) do list[i] = compute_prime_factors(n) end
    return list
  end
]]

--- The result of one criterion for a pooled function that is given as its body.
function concurrency.pooled(check, body)
  return exercise5:judge_text(check, ([[
    %s
    local function factor_all_pooled(numbers, workers) %s end
    return { factor_all = factor_all, factor_all_pooled = factor_all_pooled }]]):format(
    BEFORE, body))
end

--- The same for one after another.
function concurrency.sequential(check, body)
  return exercise5:judge_text(check, ([[
    %s
    return { factor_all = function(numbers) %s end, factor_all_pooled = factor_all }]]):format(
    BEFORE, body))
end

return concurrency
