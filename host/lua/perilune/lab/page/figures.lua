--- What is shown of the series that checks leave: a picture's data, the same in words and as a
--- table. Series by kind:
---
---   pairs    {ratios, ratio, low, high, target, clock, size, naive, own, growth?}
---   growth   {points = {{n, instructions, cpu}...}, exponent, class, by, low, high}
---   calls    {name, size, calls}
---   workers  {spans = {{worker, n, start, stop}...}} seconds
---   flight   {spans = {{start, stop}...}, asked}
---   memory   {ways = {{name, points = {{time, bytes, freed}...}}...}}

local format = require("perilune.format")

local figures = {}

---@class Figure
---@field title string
---@field caption string
---@field label string the picture in words, for those who do not see it
---@field drawing table {kind, ...} what host/web/charts draws
---@field table PageTable

local make = {}

local function least_and_most(list)
  return math.min(table.unpack(list)), math.max(table.unpack(list))
end

function make.pairs(result, series)
  local least, most = least_and_most(series.ratios)
  local rows = {}
  for i, ratio in ipairs(series.ratios) do
    rows[i] = { i, ("%.4gx"):format(ratio) }
  end
  return {
    title = ("%s: pair by pair"):format(result.label),
    caption = ("A dot is a pair: the %s of the given version over yours, run in turn, each pair "
      .. "on fresh data. The line is their median, %s; the band holds the true one with 99.9 %%. "
      .. "Dashed is what is asked."):format(series.clock, format.interval(series)),
    label = ("%d ratios from %s to %s. Median %s; %gx is asked."):format(#series.ratios,
      format.ratio(least), format.ratio(most), format.interval(series), series.target),
    drawing = {
      kind = "pairs", ratios = series.ratios, ratio = series.ratio, low = series.low,
      high = series.high, target = series.target, axis = "times as fast (" .. series.clock .. ")",
    },
    table = { caption = "Ratio of each pair", columns = { "Pair", "Ratio" }, rows = rows,
      numeric = { true, true } },
  }
end

local WORK = { instructions = "VM instructions", cpu = "CPU time" }

local function growth_table(series)
  local rows = {}
  for i, point in ipairs(series.points) do
    rows[i] = {
      format.count(point.n), point.instructions and format.count(point.instructions) or "",
      point.cpu and format.seconds(point.cpu) or "",
    }
  end
  return { caption = "Work by size", columns = { "n", "VM instructions", "CPU time" },
    rows = rows, numeric = { true, true, true } }
end

--- One field of a growth's points as a drawing; `other` is the given version's known point.
local function growth_drawing(series, field, other)
  local points = {}
  for i, point in ipairs(series.points) do
    points[i] = { n = point.n, work = point[field] }
  end
  return {
    kind = "growth", points = points, exponent = series.exponent, low = series.low,
    high = series.high, other = other, unit = field == "cpu" and "s" or nil, name = "yours",
    axis = WORK[field],
  }
end

local function class_text(series)
  return series.class and series.class .. (", as n^%.2f"):format(series.exponent)
    or ("no class: as n^%.2f"):format(series.exponent)
end

--- What the given version is known to take at one size, from the pairs.
local function given_point(results)
  for _, result in ipairs(results) do
    local series = result.series
    if series and series.kind == "pairs" and series.growth then
      return { n = series.size, work = series.naive, growth = series.growth }
    end
  end
end

local function growth_figure(series, field, other)
  local first, last = series.points[1], series.points[#series.points]
  local caption = ("%s at %d sizes, both scales logarithmic, so that a power of n is a line. "
    .. "Fitted: %s. The shaded part is what counts as that class."):format(WORK[field],
    #series.points, class_text(series))
  if other then
    caption = caption .. (" Dashed is the given version, as n^%d from its time at n = %s."):format(
      other.growth, format.count(other.n))
  end
  return {
    title = ("Growth: %s by size"):format(WORK[field]), caption = caption,
    label = ("%s from n = %s to n = %s: %s."):format(WORK[field], format.count(first.n),
      format.count(last.n), class_text(series)),
    drawing = growth_drawing(series, field, other), table = growth_table(series),
  }
end

--- By what decided, and by CPU time beside the given version.
function make.growth(_, series, results)
  local other = given_point(results)
  if series.by == "cpu" then
    return growth_figure(series, "cpu", other)
  end
  return growth_figure(series, "instructions"), other and growth_figure(series, "cpu", other)
end

--- All functions that were counted, in one figure: it stands where the last one was.
function make.calls(result, _, results)
  local counted, last = {}, nil
  for _, one in ipairs(results) do
    if one.series and one.series.kind == "calls" then
      counted[#counted + 1], last = one.series, one
    end
  end
  if result ~= last then
    return nil
  end
  local bars, rows, words = {}, {}, {}
  for i, series in ipairs(counted) do
    bars[i] = {
      name = series.name, value = series.calls, text = format.count(series.calls),
    }
    rows[i] = { series.name, series.size, format.count(series.calls) }
    words[i] = ("%s(%d): %s"):format(series.name, series.size, format.plural(series.calls, "call"))
  end
  return {
    title = "Calls in one computation",
    caption = "How often your function was called; the scale is logarithmic.",
    label = table.concat(words, "; ") .. ".",
    drawing = { kind = "bars", bars = bars, log = true, axis = "calls" },
    table = { caption = "Calls", columns = { "Function", "n", "Calls" }, rows = rows,
      numeric = { [2] = true, [3] = true } },
  }
end

local function count_workers(spans)
  local most = 0
  for _, span in ipairs(spans) do
    most = math.max(most, span.worker)
  end
  return most
end

local function span_rows(spans, first)
  local rows = {}
  for i, span in ipairs(spans) do
    rows[i] = {
      first(span, i), ("%.1f"):format(span.start * 1e3), ("%.1f"):format(span.stop * 1e3),
    }
  end
  return rows
end

function make.workers(_, series)
  local count = count_workers(series.spans)
  return {
    title = "Who was at work when",
    caption = "A lane for each worker process, a bar for each call of compute_prime_factors. Where "
      .. "bars stand above each other, two processors were at work at once; a gap is a worker "
      .. "that waits.",
    label = ("%d calls by %s, each worker in a lane."):format(#series.spans,
      format.plural(count, "worker")),
    drawing = { kind = "workers", spans = series.spans },
    table = { caption = "Calls", columns = { "Worker", "From, ms", "To, ms" },
      rows = span_rows(series.spans, function(span)
        return span.worker
      end), numeric = { [2] = true, [3] = true } },
  }
end

function make.flight(_, series)
  return {
    title = "Requests in flight",
    caption = ("How many of %d requests the server had under way, from the first to the last "
      .. "answer. Dashed is how many it was told to keep under way at once."):format(#series.spans),
    label = ("%d requests; %d at once were asked for, and reached."):format(
      #series.spans, series.asked),
    drawing = { kind = "flight", spans = series.spans, asked = series.asked },
    table = { caption = "Requests", columns = { "Request", "Came, ms", "Answered, ms" },
      rows = span_rows(series.spans, function(_, i)
        return i
      end), numeric = { [2] = true, [3] = true } },
  }
end

local function way_words(way)
  local most, freed = 0, 0
  for _, point in ipairs(way.points) do
    most, freed = math.max(most, point.bytes), freed + (point.freed and 1 or 0)
  end
  return ("%s: at most %s; after %s to free, %s at the end"):format(way.name, format.bytes(most),
    format.plural(freed, "attempt"), format.bytes(way.points[#way.points].bytes))
end

function make.memory(_, series)
  local rows, words = {}, {}
  for i, way in ipairs(series.ways) do
    words[i] = way_words(way)
    for _, point in ipairs(way.points) do
      rows[#rows + 1] = { way.name, ("%.1f"):format(point.time * 1e3), format.bytes(point.bytes),
        point.freed and "yes" or "" }
    end
  end
  return {
    title = "Memory over time",
    caption = "Cycles are made in steps, then freed, over and over. A triangle marks the end of a "
      .. "collection, or of breaking; the naive graph's frees nothing. Memory is read after a full "
      .. "collection of Lua's own, so that what stays is what something still holds.",
    label = table.concat(words, "; ") .. ".",
    drawing = { kind = "memory", ways = series.ways },
    table = { caption = "Memory", columns = { "Way", "Time, ms", "In use", "After freeing" },
      rows = rows, numeric = { [2] = true, [3] = true } },
  }
end

local MANY = 50 -- times the least: beyond that the scale is logarithmic

local function spread(bars)
  local least, most = math.huge, 0
  for _, bar in ipairs(bars) do
    least, most = math.min(least, bar.value), math.max(most, bar.value)
  end
  return most / least
end

--- Versions of the same work, as `compare` has timed them; nil where none came to its end.
---@param heading string
---@param compared Versions|Repairs
---@return Figure?
function figures.versions(heading, compared)
  local bars, rows, words, notes = {}, {}, {}, { heading .. "." }
  for _, row in ipairs(compared.rows) do
    local text = row.seconds and (row.from and "~ " or "") .. format.seconds(row.seconds)
    if text then
      bars[#bars + 1] = { name = row.name, value = row.seconds, text = text }
      words[#bars] = ("%s: %s"):format(row.name, text)
    end
    notes[2] = row.from and "~ is extrapolated." or notes[2]
    rows[#rows + 1] = { row.name, text or row.problem }
  end
  local log = spread(bars) > MANY
  notes[#notes + 1] = log and "The scale is logarithmic." or nil
  return bars[1] and {
    title = "Side by side: " .. (compared.script or compared.unit),
    caption = table.concat(notes, " "),
    label = table.concat(words, "; ") .. ".",
    drawing = { kind = "bars", bars = bars, log = log, unit = "s", axis = "time" },
    table = { caption = "Times", columns = { "Version", "Time" }, rows = rows,
      numeric = { [2] = true } },
  } or nil
end

--- What there is to show, in the order of the results.
---@param results Result[]
---@return Figure[]
function figures.of(results)
  local list = {}
  for _, result in ipairs(results) do
    local series = result.series
    local maker = series and make[series.kind]
    if maker then
      local first, second = maker(result, series, results)
      list[#list + 1] = first
      list[#list + 1] = second
    end
  end
  return list
end

return figures
