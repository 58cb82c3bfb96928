--- Ways to pass exercise 5 without what is asked, as cheats/duplicates.lua has them.

local BEFORE <const> = [[
local solution = (function() @SOLUTION@ end)()
local function factors_of(n)
  local list, d = {}, 2
  while d * d <= n do
    while n % d == 0 do list[#list + 1], n = d, n // d end
    d = d + 1
  end
  if n > 1 then list[#list + 1] = n end
  return list
end
]]

local AFTER <const> = "\nreturn solution"

return {
  exercise = { 5, "concurrency" },
  before = BEFORE,
  after = AFTER,
  cheats = {
    { "works alone and writes down workers that were quick", "workers", [[
      local now = require("perilune.clock").now
      function solution.factor_all_pooled(numbers, workers)
        local began, list = now(), {}
        for i, n in ipairs(numbers) do list[i] = factors_of(n) end
        local file = io.open("calls", "a")
        for i, n in ipairs(numbers) do
          file:write(("%d %d %.9f %.9f %.9f\n"):format(100 + i % workers, n, began, now(), 1e-6))
        end
        file:close()
        return list
      end]] },
    { "works alone", "workers", [[
      solution.factor_all_pooled = solution.factor_all]] },
    { "has one worker do everything", "workers", [[
      local pooled = solution.factor_all_pooled
      function solution.factor_all_pooled(numbers) return pooled(numbers, 1) end]] },
    { "answers without a request", "one_by_one", [[
      function solution.fetch_all(urls)
        local list = {}
        for i, url in ipairs(urls) do list[i] = url:match("[^/]*$") end
        return list
      end]] },
  },
}
