--- How often the paired gate of perilune.bench gives a wrong verdict, beside the usual one: seven
--- runs of each side after each other, wall clock, mean over mean.
---
---     verdicts.lua [--seconds N] [--hogs N] [--json FILE]
---
--- Both ask "at least 5x as fast?" of work whose true ratio is known, for N seconds (25) on the
--- machine as it is, and as long beside N busy processes (4).
local bench = require("perilune.bench")
local busy = require("perilune.lab.busy")
local clock = require("perilune.clock")
local report = require("spec.bench.report")

local TARGET <const> = 5
local RATIOS <const> = { 4, 4.5, 5.5, 6, 8 }
local SIZE <const> = 20000
local RUNS <const> = 7

local function work(n)
  local ring, sum = {}, 0
  for i = 1, n do
    ring[i % 1024] = i
    sum = sum + (ring[i * 7 % 1024] or 0)
  end
  return sum
end

local function spent(read, n)
  local start = read()
  work(n)
  return read() - start
end

local function paired_gate(ratio)
  return bench.paired(function(side)
    collectgarbage()
    return spent(clock.cpu, side == "a" and math.floor(SIZE * ratio) or SIZE)
  end, { target = TARGET })
end

local function total(n)
  local sum = 0
  for _ = 1, RUNS do
    sum = sum + spent(clock.now, n)
  end
  return sum
end

local function usual_gate(ratio)
  return total(math.floor(SIZE * ratio)) / total(SIZE) >= TARGET and "pass" or "fail"
end

local function new_row(ratio)
  return { ratio = ratio, trials = 0, wrong = 0, inconclusive = 0, pairs = 0, usual_wrong = 0 }
end

local function try(row)
  local right = row.ratio >= TARGET and "pass" or "fail"
  local paired, usual = paired_gate(row.ratio), usual_gate(row.ratio)
  row.trials = row.trials + 1
  row.pairs = row.pairs + paired.pairs
  if paired.verdict == "inconclusive" then
    row.inconclusive = row.inconclusive + 1
  elseif paired.verdict ~= right then
    row.wrong = row.wrong + 1
  end
  if usual ~= right then
    row.usual_wrong = row.usual_wrong + 1
  end
end

local function run(seconds)
  local rows = {}
  for i, ratio in ipairs(RATIOS) do
    rows[i] = new_row(ratio)
  end
  local deadline = clock.now() + seconds
  repeat
    for _, row in ipairs(rows) do
      try(row)
    end
  until clock.now() >= deadline
  return rows
end

local function print_rows(title, rows)
  print(title)
  print("  true ratio  trials  pairs  paired: wrong  inconclusive  usual: wrong")
  local sum = { trials = 0, wrong = 0, inconclusive = 0, usual_wrong = 0 }
  for _, row in ipairs(rows) do
    print(("  %10.1f  %6d  %5.1f  %13d  %12d  %11.0f %%"):format(row.ratio, row.trials,
      row.pairs / row.trials, row.wrong, row.inconclusive, 100 * row.usual_wrong / row.trials))
    for field in pairs(sum) do
      sum[field] = sum[field] + row[field]
    end
  end
  print(("  %10s  %6d  %5s  %13d  %12d  %11.0f %%\n"):format("all", sum.trials, "", sum.wrong,
    sum.inconclusive, 100 * sum.usual_wrong / sum.trials))
end

local function main(options)
  local figures = { target = TARGET, seconds = options.seconds, hogs = options.hogs }
  figures.idle = run(options.seconds)
  print_rows("At least 5x as fast? The machine as it is", figures.idle)
  do
    local _ <close> = busy.start(options.hogs)
    figures.busy = run(options.seconds)
  end
  print_rows(("Beside %d busy processes"):format(options.hogs), figures.busy)
  report.write(options.json, figures)
end

main(report.options(arg, { seconds = 25, hogs = 4 }, "verdicts.lua [--seconds N] [--hogs N]"))
