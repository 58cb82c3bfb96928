--- How long a class takes to grade: so many submissions an exercise, half of them right, others
--- wrong, slow, crashing, endless, greedy or torn; and whether each gets the verdict it should get.
---
---     class.lua [--submissions N] [--workers N] [--exercise N] [--json FILE]
---
--- N submissions (10) to each of the five exercises, or to one, by so many workers (2), in the best
--- sandbox. 200 are asked to take less than 30 minutes in all on two processors that are free:
---
---     ./perilune spec/bench/class.lua --submissions 200
local catalogue = require("perilune.lab.catalogue")
local clock = require("perilune.clock")
local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local format = require("perilune.format")
local manifest = require("perilune.lab.manifest")
local process = require("perilune.cli.process")
local report = require("spec.bench.report")
local uv = require("luv")

-- In ten submissions.
local MIX <const> = { "right", "right", "slow", "right", "wrong", "right", "crash", "right",
  "endless", "greedy" }
local TORN <const> = 20 -- one in so many does not parse

-- What is slow, or does not do what is asked, and answers right.
local SLOW <const> = {
  [2] = [=[
    function solution.find_duplicates(list)
      local found, listed = {}, {}
      for i = 1, #list do
        for k = 1, i - 1 do
          if list[i] == list[k] and not listed[list[i]] then
            listed[list[i]], found[#found + 1] = true, list[i]
          end
        end
      end
      return found
    end]=],
  [3] = [[
    function solution.break_cycles(g, cycles)
      local report = solution.collect(g)
      report.cycles = #cycles
      return report
    end]],
  [4] = "solution.fib_memo = solution.fib",
  [5] = [[
    function solution.factor_all_pooled(numbers) return solution.factor_all(numbers) end
    function solution.fetch_all_concurrent(urls) return solution.fetch_all(urls) end]],
}

-- What becomes of each function of a right solution.
local EACH <const> = "for name in pairs(solution) do solution[name] = function(...) %s end end"
local SPOILED <const> = {
  wrong = EACH:format("return {}"),
  crash = EACH:format("os.exit(0)"),
  endless = EACH:format("while true do end"),
  greedy = EACH:format("local t = {} while true do t[#t + 1] = ('x'):rep(1 << 20) end"),
}

local function solution_text(entry, kind)
  local text = assert(files.read(entry.folder .. "/reference/solution.lua"))
  if kind == "right" then
    return text
  end
  return ("local solution = (function()\n%s\nend)()\n%s\nreturn solution\n"):format(text,
    SPOILED[kind] or SLOW[entry.number])
end

--- Exercise 1 has answers instead of code, and a profile.
local function answers_text(entry, kind)
  local text = assert(files.read(entry.folder .. "/reference/answers.md"))
  if kind == "right" then
    return text
  elseif kind == "wrong" then
    return (text:gsub("`contains`", "`parse_date`"):gsub("slow_script.lua:25", ""))
  end
  return assert(files.read(entry.folder .. "/starter/answers.md"))
end

local function kind_of(i)
  return i % TORN == 0 and "torn" or MIX[(i - 1) % #MIX + 1]
end

local function write_submission(folder, exercise, entry, kind)
  assert(files.make_folder(folder))
  for _, name in ipairs(manifest.reads(exercise)) do
    local text = files.read(("%s/reference/%s"):format(entry.folder, name))
    if name == exercise.solution then
      local write = name == "answers.md" and answers_text or solution_text
      text = kind == "torn" and text:sub(1, #text // 2) or write(entry, kind)
    end
    assert(not text or files.write(folder .. "/" .. name, text))
  end
end

local function write_class(folder, exercise, entry, count)
  assert(files.make_folder(folder))
  for i = 1, count do
    write_submission(("%s/%03d-%s"):format(folder, i, kind_of(i)), exercise, entry, kind_of(i))
  end
end

--- Rows with the verdict that they should have, those that are left open, and the others.
local function count_verdicts(path)
  local counts = { as_wanted = 0, open = 0, wrong = {} }
  for _, row in ipairs(assert(dkjson.decode(assert(files.read(path)))).rows) do
    local wanted = row.student:find("right") and "passed" or "failed"
    if row.verdict == wanted then
      counts.as_wanted = counts.as_wanted + 1
    elseif row.verdict == "inconclusive" then
      counts.open = counts.open + 1
    else
      table.insert(counts.wrong, ("%s %s"):format(row.student, row.verdict))
    end
  end
  return counts
end

local function grade(root, entry, options)
  local number, exercise = entry.number, manifest.load(entry)
  local class, out = ("%s/%d"):format(root, number), ("%s/%d-graded"):format(root, number)
  write_class(class, exercise, entry, options.submissions)
  local start = clock.now()
  local ended = assert(process.run(uv.exepath(), { output = true, args = {
    "grade", tostring(number), class, "--out", out, "-j", tostring(options.workers),
    "--sandbox", "best",
  } }))
  assert(ended.status == 0, ended.errors)
  local counts = count_verdicts(out .. "/results.json")
  counts.exercise, counts.seconds = number, clock.now() - start
  return counts
end

local function print_row(counts, submissions)
  print(("  %8d  %11s  %7.2f s  %9d  %4d  %5d"):format(counts.exercise,
    format.seconds(counts.seconds), counts.seconds / submissions, counts.as_wanted, counts.open,
    #counts.wrong))
  for _, what in ipairs(counts.wrong) do
    print("            wrong: " .. what)
  end
end

local function main(options)
  local root, rows, seconds = files.scratch(), {}, 0
  local _ <close> = setmetatable({}, { __close = function() files.remove_tree(root) end })
  print(("%d submissions to each, %d workers"):format(options.submissions, options.workers))
  print("  exercise         took       each  as wanted  open  wrong")
  for _, entry in ipairs(assert(catalogue.list())) do
    if options.exercise == 0 or options.exercise == entry.number then
      local counts = grade(root, entry, options)
      rows[#rows + 1], seconds = counts, seconds + counts.seconds
      print_row(counts, options.submissions)
    end
  end
  print(("  in all  %s"):format(format.seconds(seconds)))
  report.write(options.json, { submissions = options.submissions, workers = options.workers,
    seconds = seconds, rows = rows })
end

main(report.options(arg, { submissions = 10, workers = 2, exercise = 0 },
  "class.lua [--submissions N] [--workers N] [--exercise N]"))
