--- How many submissions a second are judged: by busted, started for each, and by `perilune grade`,
--- on the same cases of exercise 2. One submission in ten is wrong.
---
---     grade.lua [--submissions N] [--workers N] [--rounds N] [--cases N] [--json FILE]
---
--- N submissions (200) by so many at once (2), in turn, so often (3), on so many cases (49, which
--- are all; with few, what is timed is how long each takes to start). Neither reads a clock here:
--- what is timed takes as long as it takes, whoever asks.
local clock = require("perilune.clock")
local exercises = require("perilune.host").exercises
local batch = require("perilune.lab.grade.batch")
local child = require("perilune.child")
local files = require("perilune.lab.files")
local report = require("spec.bench.report")
local statistics = require("perilune.statistics")

local FOLDER <const> = exercises .. "/02-duplicates"
local RIGHT <const> = FOLDER .. "/reference/solution.lua"
local WRONG <const> = "return { find_duplicates = function(list) return list end }"

-- Exercise 2 with its right answers alone.
local EXERCISE <const> = [[
local exercise = loadfile(%q)(%q)
local check = exercise.checks[1]
local cases = check.cases
check.cases = function(seed)
  local list = cases(seed)
  return table.move(list, 1, math.min(%d, #list), 1, {})
end
exercise.checks = { check }
return exercise
]]

local SPEC <const> = [[
local exercise = dofile("exercise.lua")
local find_duplicates = dofile(os.getenv("SUBMISSION")).find_duplicates
local function sorted(list) table.sort(list) return list end
describe("find_duplicates", function()
  for _, case in ipairs(exercise.checks[1].cases(1)) do
    it(case.label, function()
      local list = case.arguments[1]
      assert.same(sorted(exercise.expected(list)), sorted(find_duplicates(list)))
    end)
  end
end)
]]

local function is_wrong(i) return i % 10 == 0 end

local function write_submissions(folder, count)
  local right, list = assert(files.read(RIGHT)), {}
  for i = 1, count do
    local own = ("%s/%d"):format(folder, i) -- as grade puts them: what is beside is linked to
    local file = own .. "/solution.lua"
    assert(files.make_folder(own))
    assert(files.write(file, is_wrong(i) and WRONG or right))
    list[i] = { student = tostring(i), id = tostring(i), entry = file, path = file, file = file }
  end
  return list
end

--- Verdicts that are as they should be.
local function busted(folder, count, workers)
  local command = ("cd '%s' && seq %d | xargs -P %d -I{} sh -c 'SUBMISSION={}/solution.lua lua5.4 "
    .. "/usr/bin/busted -o TAP spec.lua >/dev/null 2>&1 && echo {} passed || echo {} failed'")
    :format(folder, count, workers)
  local pipe <close> = assert(io.popen(command))
  local good = 0
  for line in pipe:lines() do
    local i, verdict = line:match("(%d+) (%a+)")
    good = good + ((verdict == "failed") == is_wrong(tonumber(i)) and 1 or 0)
  end
  return good
end

local function grade(folder, list, workers, sandbox)
  local good = 0
  batch.run({
    entry = { number = 2, name = "duplicates", id = "02-duplicates", folder = folder },
    seed = 1, jobs = workers, sandbox = sandbox,
    on_result = function(submission, judged)
      local wrong = is_wrong(tonumber(submission.student))
      good = good + (judged and (judged.verdict == "failed") == wrong and 1 or 0)
    end,
  }, list)
  return good
end

local function sides_of(folder, list, workers)
  local sides = {
    { name = "busted, each", run = function() return busted(folder, #list, workers) end },
    { name = "grade, no sandbox", run = function()
      return grade(folder, list, workers, child.layers and "off")
    end },
  }
  sides[3] = child.layers and { name = "grade, sandbox", run = function()
    return grade(folder, list, workers, "best")
  end }
  return sides
end

local function main(options)
  local folder = assert(files.scratch())
  assert(files.write(folder .. "/exercise.lua", EXERCISE:format(FOLDER .. "/exercise.lua", FOLDER,
    options.cases)))
  assert(files.write(folder .. "/spec.lua", SPEC))
  local list = write_submissions(folder, options.submissions)
  local sides = sides_of(folder, list, options.workers)
  for _ = 1, options.rounds do
    for _, side in ipairs(sides) do
      local start = clock.now()
      side.good = math.min(side.good or #list, side.run())
      side.seconds = side.seconds or {}
      table.insert(side.seconds, clock.now() - start)
    end
  end
  files.remove_tree(folder)
  print(("%d submissions, %d at once, median of %d rounds in turn"):format(#list, options.workers,
    options.rounds))
  print(("  %-20s %9s %9s %9s  %s"):format("", "ms each", "a second", "ratio", "right verdicts"))
  local base
  for _, side in ipairs(sides) do
    side.each = statistics.median(side.seconds) / #list
    base = base or side.each
    side.ratio, side.run = base / side.each, nil
    print(("  %-20s %9.2f %9.0f %8.1fx  %d of %d"):format(side.name, 1000 * side.each,
      1 / side.each, side.ratio, side.good, #list))
  end
  report.write(options.json, { submissions = #list, workers = options.workers, sides = sides })
end

main(report.options(arg, { submissions = 200, workers = 2, rounds = 3, cases = 49 },
  "grade.lua [--submissions N] [--workers N] [--rounds N] [--cases N]"))
