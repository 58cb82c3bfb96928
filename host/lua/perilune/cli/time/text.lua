--- What `perilune time` prints of its figures.

local format = require("perilune.format")
local histogram = require("perilune.cli.time.histogram")
local terminal = require("perilune.cli.terminal")

local text = {}

local UNITS = { { 1, "s" }, { 1e-3, "ms" }, { 1e-6, "us" }, { 1e-9, "ns" } }

local function figure(x)
  return (x >= 99.95 and "%.0f" or x >= 9.995 and "%.1f" or "%.2f"):format(x)
end

local function unit_for(seconds)
  for _, unit in ipairs(UNITS) do
    if seconds >= unit[1] then
      return unit[1], unit[2]
    end
  end
  return 1e-9, "ns"
end

--- `86.4 ms`
---@param seconds number
---@return string
function text.seconds(seconds)
  local unit, name = unit_for(seconds)
  return figure(seconds / unit) .. " " .. name
end

--- `86.4 ms [86.1, 87.0]`
---@param timing {median: number, low: number, high: number}
---@return string
function text.timing(timing)
  local unit = unit_for(timing.median)
  return ("%s [%s, %s]"):format(
    text.seconds(timing.median), figure(timing.low / unit), figure(timing.high / unit))
end

local function bars(values, scale, name)
  local mark = terminal.unicode and "█" or "#"
  return histogram(values, { scale = scale, name = name }, terminal.columns or terminal.width, mark)
end

--- One thing that was timed, with a histogram of its runs.
---@param timing perilune.bench.Timing
---@param noun string what a run consists of: "call", "start"
function text.one(timing, noun)
  terminal.say(("%s; %s of %s, CPU time"):format(text.timing(timing),
    format.plural(timing.runs, "run"), format.plural(timing.calls, noun)))
  local unit, name = unit_for(timing.median)
  terminal.say(table.unpack(bars(timing.samples, unit, " " .. name)))
end

local function interval(low, high)
  return ("[%s, %s]"):format(figure(low), figure(high))
end

--- Which of two is faster, where the ratio is that of their times.
---@param compared {ratio: number, low: number, high: number} a / b
---@param a string
---@param b string
---@return string
function text.which(compared, a, b)
  local low, high, ratio = compared.low, compared.high, compared.ratio
  local fast, slow = b, a
  if ratio < 1 then
    fast, slow, low, high, ratio = slow, fast, 1 / high, 1 / low, 1 / ratio
  end
  if low <= 1 then
    return ("no difference to be seen: %s takes %sx the time of %s %s"):format(
      a, figure(compared.ratio), b, interval(compared.low, compared.high))
  end
  return ("%s is %sx faster than %s %s"):format(fast, figure(ratio), slow, interval(low, high))
end

local function line(side, seconds, label)
  return ("%s  %-9s %s"):format(side:upper(), text.seconds(seconds), label)
end

--- Two that were run in turn, with a histogram of the pairs' ratios.
---@param paired perilune.bench.Comparison
---@param labels string[]
function text.two(paired, labels)
  for i, name in ipairs({ "a", "b" }) do
    terminal.say(line(name, paired[name], labels[i]))
  end
  terminal.say(("%s, %s, CPU time"):format(text.which(paired, "A", "B"),
    format.plural(paired.pairs, "pair")))
  terminal.say(table.unpack(bars(paired.ratios, 1, "x")))
end

--- Several that were run in turn, the fastest first, and how it compares with each.
---@param ranking perilune.bench.Ranked[]
---@param labels table<string, string> of the sides
function text.many(ranking, labels)
  for _, row in ipairs(ranking) do
    terminal.say(line(row.side, row.median, labels[row.side]))
  end
  local fastest, rounds = ranking[1], format.plural(#ranking[1].samples, "round")
  for i = 2, #ranking do
    terminal.say(text.which(ranking[i], ranking[i].side:upper(), fastest.side:upper())
      .. (i == 2 and (", %s, CPU time"):format(rounds) or ""))
  end
end

--- What there is to say against the figures, to standard error.
---@param warnings string[]
function text.warn(warnings)
  for _, warning in ipairs(warnings) do
    io.stderr:write("perilune: warning: ", warning, "\n")
  end
end

return text
