--- The manifest, called with this folder's path; `perilune.lab.manifest` tells the fields.

local folder = ...

local PROFILE, SCRIPT = "slow.profile.json", "slow_script.lua"
local RECORD = ("perilune profile -o %s %s"):format(PROFILE, SCRIPT)

--- Numbers of orders as they come in: one in 20 is an earlier one again.
local function numbers(n, seed)
  math.randomseed(seed)
  local list = {}
  for i = 1, n do
    local again = i > 1 and math.random(20) == 1
    list[i] = again and list[math.random(i - 1)] or tostring(10000 + i)
  end
  return list
end

local function without_repeats(list)
  local kept, seen = {}, {}
  for _, value in ipairs(list) do
    kept[#kept + 1] = not seen[value] and value or nil
    seen[value] = true
  end
  return kept
end

--- The hottest part of the script as a function of its own, so that the core can be put there.
local core = {
  folder = folder,
  functions = { "without_repeats" },
  naive = { file = "reference/core/list.lua", name = "without_repeats", growth = 2 },
  generate = numbers,
  expected = without_repeats,
  agree = "set",
  compare = {
    size = 200000, naive_size = 5000, unit = "order numbers, each once",
    versions = {
      { "table", "reference/core/table.lua" },
      { "script", "reference/core/script.lua" },
      { "native", "reference/core/native.lua" },
    },
  },
}

return {
  title = "Find what is slow",
  solution = "answers.md",
  functions = {},
  given = { "README.md", SCRIPT, "orders.csv", "orders.lua" },
  first = RECORD,
  compare = {
    script = SCRIPT, repaired = "reference/fast_script.lua", repairs = "reference/repairs.lua",
    own = "fast_script.lua", runner = "run.lua", core = core,
  },
  report = { profile = PROFILE },
  checks = {
    { name = "profile", label = "saved profile", kind = "profile",
      profile = PROFILE, script = SCRIPT, command = RECORD,
      calls = {
        { "read_orders", 1 }, { "contains", 9000 }, { "revenue", 2609 }, { "control_sum", 1 },
      },
      shares = { { "contains", 0.39 }, { "revenue", 0.38 } },
      hint = "save one in the folder of answers.md (README.md, step 2)" },
    { name = "bottlenecks", label = "bottlenecks", kind = "bottlenecks", needs = { "profile" },
      profile = "profile", heading = "Bottlenecks",
      hints = { 1, 3 },
      hint = "sort by self time: perilune stats " .. PROFILE .. " (README.md, hint 1)" },
    { name = "figures", label = "figures", kind = "shares", needs = { "bottlenecks" },
      profile = "profile", bottlenecks = "bottlenecks", heading = "Run time",
      tolerance = 1.25, run_tolerance = 1.5,
      hint = "write what your own profile says (README.md, step 3)" },
    { name = "why", label = "explanation", kind = "prose", needs = { "bottlenecks" },
      headings = { "Why" },
      counted = { heading = "Why", low = 3, high = 4 },
      rubric = {
        "[2] contains: a list is searched for each order, so the comparisons grow as n^2",
        "[2] revenue: the same sum is made again for each customer",
        "[1] time is calls x work in each: neither the most called nor the ugliest function",
      },
      hints = { 2, 3 }, hint = "write it under Why in answers.md (README.md, step 4)" },
  },
  hints = {
    "Sort the table by self: two functions did most of the work. Calls tell another story.",
    "Ask of each: what does one call do, how many calls are there, and what multiplies the two?",
    "One looks through a list for each order; the other makes the same sum for each customer.",
  },
}
