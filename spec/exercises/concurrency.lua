--- Exercise 5's criteria, one by one, on numbers that take a fifth of the time and on few URLs.
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
  local fetch, async = require("perilune.fetch"), require("perilune.async")
  local compute_prime_factors = require("naive").compute_prime_factors
  local function factor_all(numbers)
    local list = {}
    for i, n in ipairs(numbers) do list[i] = compute_prime_factors(n) end
    return list
  end
  local function fetch_all(urls)
    local list = {}
    for i, url in ipairs(urls) do
      local r = fetch.get(url)
      list[i] = r.ok and r.body
    end
    return list
  end
]]

-- And what it ends with, but for the function that it is about.
local AFTER <const> = [[
  local solution = {
    factor_all = factor_all, factor_all_pooled = factor_all, fetch_all = fetch_all,
    fetch_all_concurrent = fetch_all,
  }
]]

--- A solution with a function that is given as its parameters and its body.
function concurrency.text(name, parameters, body)
  return ("%s %s function solution.%s(%s) %s end return solution"):format(BEFORE, AFTER, name,
    parameters, body)
end

local function judge_body(check, ...)
  return exercise5:judge_text(check, concurrency.text(...))
end

--- The result of one criterion for a function that is given as its body.
function concurrency.pooled(check, body)
  return judge_body(check, "factor_all_pooled", "numbers, workers", body)
end

function concurrency.sequential(check, body)
  return judge_body(check, "factor_all", "numbers", body)
end

function concurrency.one_by_one(check, body)
  return judge_body(check, "fetch_all", "urls", body)
end

function concurrency.at_once(check, body)
  return judge_body(check, "fetch_all_concurrent", "urls, in_flight", body)
end

return concurrency
