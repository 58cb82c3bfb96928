--- The manifest, called with this folder's path; `perilune.lab.manifest` tells the fields.

local folder = ...
local integers = dofile(folder .. "/integers.lua")

local MILLION = 1000000

local function expected(list)
  local count, duplicates = {}, {}
  for _, value in ipairs(list) do
    count[value] = (count[value] or 0) + 1
    if count[value] == 2 then
      duplicates[#duplicates + 1] = value
    end
  end
  return duplicates
end

local function fill(n, value)
  local list = {}
  for i = 1, n do
    list[i] = type(value) == "function" and value(i) or value
  end
  return list
end

local function sorted(list)
  table.sort(list)
  return list
end

local function edge_cases()
  local lowest, highest = math.mininteger, math.maxinteger
  return {
    { "an empty list", {} },
    { "one value", { 7 } },
    { "two different values", { 1, 2 } },
    { "a pair", { 5, 5 } },
    { "one value three times", { 5, 5, 5 } },
    { "zero", { 0, 1, 0 } },
    { "a negative pair", { -4, 4, -4 } },
    { "a number and its opposite", { -9, 9 } },
    { "the ends of the list", { 8, 1, 2, 3, 8 } },
    { "the smallest integer", { lowest, 0, lowest } },
    { "the largest integer", { highest, lowest, highest } },
    { "two integers that are one double", { 1 << 53, (1 << 53) + 1 } },
    { "integers that are one double", { 1 << 53, (1 << 53) + 1, (1 << 53) + 2, (1 << 53) + 1 } },
    { "two pairs, crossed", { 1, 2, 1, 2 } },
    { "two pairs, nested", { 1, 2, 2, 1 } },
    { "a value four times beside others", { 3, 1, 3, 2, 3, 4, 3, 1 } },
    { "100 values, all equal", fill(100, 42) },
    { "100 values, all different", fill(100, function(i) return i end) },
    { "100 values, counting down", fill(100, function(i) return 50 - i end) },
    { "multiples of 2^20", fill(200, function(i) return (i % 150) << 20 end) },
    { "1,000 sorted values", sorted(integers(1000, 3)) },
  }
end

--- Short lists of few different values, so that a failing one can be followed by hand.
local function add_random_cases(cases, seed)
  math.randomseed(seed)
  for length = 3, 30 do
    local spread = math.random(length)
    local function value()
      return math.random(-spread, spread)
    end
    cases[#cases + 1] = { "random values", fill(length, value) }
  end
end

local function cases(seed)
  local all = edge_cases()
  add_random_cases(all, seed)
  table.sort(all, function(a, b)
    return #a[2] < #b[2]
  end)
  for i, case in ipairs(all) do
    all[i] = { label = case[1], arguments = table.pack(case[2]) }
  end
  return all
end

local function million(seed)
  return { { label = "1,000,000 integers", arguments = table.pack(integers(MILLION, seed)) } }
end

return {
  title = "Find duplicates",
  functions = { "find_duplicates" },
  naive = { file = "naive.lua", name = "find_duplicates_naive", growth = 2 },
  given = { "README.md", "naive.lua", "integers.lua" },
  generate = integers,
  expected = expected,
  agree = "set",
  forbidden = {
    modules = { "perilune.hashset", "perilune.script.hashset", "perilune.native.hashset" },
    reason = "perilune.hashset is what you are writing; see it in `perilune compare 2`",
  },
  limits = { memory = 1 << 30, cpu = 20, wall = 30, output = 64 * 1024 },
  compare = {
    size = MILLION, naive_size = 5000, unit = "integers",
    versions = { { "script", "reference/script.lua" }, { "native", "reference/native.lua" } },
  },
  report = { driver = "judge/driver.lua", limits = { cpu = 5, wall = 10 },
    arguments = function(seed)
      return integers(20000, seed)
    end },
  checks = {
    { name = "right", label = "right answers", kind = "agrees", cases = cases,
      limits = { cpu = 4, wall = 20, memory = 256 << 20 },
      hints = { 3 }, hint = "call it by hand on the list above and follow it value by value" },
    { name = "faster", label = "5x faster", kind = "faster", needs = { "right" },
      timed = true, size = 5000, least = 1250, target = 5, at = MILLION,
      profiled = 5000, hints = { 1, 2, 3 },
      hint = "which line runs most often? (README.md, hint 1)" },
    { name = "growth", label = "growth", kind = "growth", needs = { "right" },
      timed = true, sizes = { 2000, 4000, 8000, 16000 },
      classes = { ["O(1)"] = true, ["O(n)"] = true },
      profiled = 8000, hints = { 1, 2 },
      hint = "a search inside the loop makes it quadratic (README.md, hint 2)" },
    { name = "million", label = "1,000,000", kind = "agrees", needs = { "growth" }, cases = million,
      profiled = 20000, hints = { 2 },
      hint = "right on short lists, wrong here: what depends on the values' range?" },
    { name = "figures", label = "figures", kind = "figures", needs = { "faster", "million" },
      faster = "faster", large = "million", tolerance = 2, large_tolerance = 4,
      sizes = { low = 1000, high = 2000000 },
      headings = { size = "Size n", naive = "Naive time", own = "My time", ratio = "Speed-up",
                   large = "Time at 1,000,000" },
      timed = true, hint = "fill in answers.md from your own measurements (README.md, step 3)" },
    { name = "why", label = "explanation", kind = "prose", needs = { "million" },
      headings = { "Approach", "Why" },
      counted = { heading = "Why", low = 3, high = 4 },
      rubric = {
        "[2] the structure, and what is asked of it for each value",
        "[2] a lookup is as fast however many values are stored",
        "[1] n^2 pairs against n lookups: the ratio grows with n",
      },
      hints = { 1, 2 }, hint = "write it under Approach and Why in answers.md" },
  },
  hints = {
    "Each value asks one question: have I been seen before? How long do you take to answer it?",
    "A Lua table answers `seen[value]` in a time that does not depend on how much it holds.",
    "A value is new, seen once, or listed. Keep that state in a table, with the value as key.",
  },
}
