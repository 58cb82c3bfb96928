--- What is recorded of the worked solutions for their reports.
local criteria = require("spec.exercises.criteria")
local recorded = require("perilune.lab.recorded")

local NAMES <const> = { "profiling", "duplicates", "cycles", "memoization", "concurrency" }
local CALLED <const> = {
  { "contains", "revenue" }, { "find_duplicates" }, { "make_cycles", "collect", "break_cycles" },
  { "fib", "fib_memo" }, { "factor_all", "factor_all_pooled", "compute_prime_factors" },
}

describe("what a report records of the worked solution", function()
  --- A record, and the places of functions in its profile by name.
  local function record(number)
    local one = criteria.of(number, NAMES[number])
    local found = recorded.of(one.exercise, one.reference .. "/" .. one.exercise.solution, one.seed)
    assert.is_nil(found.problem)
    local places = {}
    for _, row in ipairs(found.profile:stats()) do places[row.name] = row.source end
    return found, places
  end

  for number, name in ipairs(NAMES) do
    it(("is a profile of its functions: %d, %s"):format(number, name), function()
      local _, places = record(number)
      for _, fn in ipairs(CALLED[number]) do assert.is_string(places[fn], fn) end
      for _, place in pairs(places) do
        assert.falsy(place:find("exercises/", 1, true), place)
      end
    end)
  end

  it("is the memory of exercise 3, which falls where cycles are freed", function()
    local found = record(3)
    assert.equal("memory", found.series[1].kind)
    local last = {}
    for _, way in ipairs(found.series[1].ways) do
      last[way.name] = way.points[#way.points]
      assert.is_true(last[way.name].freed)
    end
    local garbage = 400 * 10 * 1024
    assert.is_true(last.naive.bytes > 3 * garbage)
    assert.is_true(last.collect.bytes < garbage / 4)
    assert.is_true(last.break_cycles.bytes < garbage / 4)
  end)
end)
