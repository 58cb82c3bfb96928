--- What becomes of a program's memory: text for people, JSON for programs.

local bytes = require("perilune.profile.bytes")
local chart = require("perilune.heap.chart")
local columns = require("perilune.profile.views.columns")
local layout = require("perilune.profile.views.layout")
local source = require("perilune.profile.source")

local report = {}

---@class MemoryReport
---@field script string
---@field snapshot perilune.heap.Snapshot
---@field timeline perilune.heap.Timeline
---@field collected boolean whether garbage was collected before the snapshot

local FIELDS = { peak = "peak_bytes", held = "bytes", allocated = "total_bytes" }
local CHART_WIDTH = 80

local TYPES = { "table", "string", "function", "userdata", "thread", "other" }
local PLURALS = { table = "tables", string = "strings", ["function"] = "functions",
  userdata = "userdata", thread = "coroutines", other = "other" }

local function how(snapshot)
  if snapshot.mode == "exact" then
    return "every allocation"
  end
  return "sampled, every " .. layout.size(snapshot.interval)
end

--- The text of each line of a file that has been asked for.
local function line_reader()
  local files = {}
  return function(row)
    if row.line < 1 then
      return ""
    end
    local lines = files[row.source]
    if not lines then
      lines = source.lines({}, row.source) or {}
      files[row.source] = lines
    end
    return layout.printable((lines[row.line] or ""):match("^%s*(.-)%s*$"))
  end
end

--- ` in 2 workers`, of a row that tells of them.
local function workers_text(row)
  return row.workers and " in " .. layout.plural(row.workers, "worker") or ""
end

--- `app.lua:10  local t = {}`; the end of a long path and of the text give way.
local function line_text(row, width, paint, text_of)
  local where = layout.clip_front(layout.printable(row.place) .. workers_text(row), width)
  local room = width - layout.width(where) - 2
  local text = row.kind == "none" and "" or text_of(row)
  if text == "" or room < 8 then
    return where
  end
  return where .. "  " .. paint(layout.clip(text, room), "dim")
end

local function function_text(row, width, paint)
  local suffix = workers_text(row)
  return layout.fn({ name = row.name, source = row.source, line = row.line,
    kind = row.kind == "none" and "root" or row.kind }, width - #suffix, paint) .. suffix
end

local function stack_text(row, width)
  local parts = {}
  for i, frame in ipairs(row.stack) do
    parts[i] = layout.printable(frame.place)
  end
  if #parts == 0 then
    return layout.clip(row.name, width)
  end
  return layout.clip(table.concat(parts, " < ") .. workers_text(row), width)
end

local function figure(title, field, unit, weight)
  return { title = title .. " " .. unit.name, weight = weight, cell = function(row)
    return row[field] == 0 and "" or layout.figure(row[field], unit)
  end }
end

--- The column that decides the order comes first, with its share.
local function columns_of(rows, sort, whole)
  local titles = { peak = "at peak", held = "held", allocated = "allocated" }
  local list = {}
  for _, name in ipairs({ "peak", "held", "allocated" }) do
    local unit = layout.size_unit(layout.largest(rows, FIELDS[name]))
    local column = figure(titles[name], FIELDS[name], unit, name == sort and 0 or 6)
    table.insert(list, name == sort and 1 or #list + 1, column)
  end
  table.insert(list, 2, {
    title = "%", weight = 8,
    cell = function(row) return layout.percent(row[FIELDS[sort]], whole) end,
    heat = function(row) return whole > 0 and row[FIELDS[sort]] / whole or 0 end,
  })
  list[#list + 1] = { title = "blocks", weight = 5, cell = function(row)
    return layout.count(row.total_blocks)
  end }
  return list
end

local function total(snapshot, field)
  local sum = 0
  for _, name in ipairs(TYPES) do
    sum = sum + snapshot.types[name][field]
  end
  return sum
end

--- With what workers have.
local function grand_total(snapshot, field)
  local workers = snapshot.workers
  return total(snapshot, field) + (workers and workers.count > 0 and total(workers, field) or 0)
end

local NOUNS = { line = "lines", ["function"] = "functions", stack = "stacks" }
local ORDER = { peak = "what they held at the peak", held = "what they still hold",
  allocated = "all that they allocated" }

--- `20 of 31 lines by what they held at the peak`
local function heading(shown, all, by, sort)
  local noun = all == 1 and NOUNS[by]:sub(1, -2) or NOUNS[by]
  local count = shown < all and ("%s of %s"):format(layout.count(shown), layout.count(all))
    or layout.count(all)
  return ("%s %s by %s"):format(count, noun, ORDER[sort])
end

local function text_of_row(by, paint)
  local reader = line_reader()
  if by == "function" then
    return function(row, width) return function_text(row, width, paint) end
  elseif by == "stack" then
    return stack_text
  end
  return function(row, width) return line_text(row, width, paint, reader) end
end

local function add_table(lines, what, wanted, width, paint)
  local snapshot, field = what.snapshot, FIELDS[wanted.sort]
  local rows = snapshot:top(nil, wanted.by, field)
  local all = #rows
  if wanted.limit > 0 then
    rows = table.move(rows, 1, math.min(wanted.limit, all), 1, {})
  end
  lines[#lines + 1] = layout.clip(heading(#rows, all, wanted.by, wanted.sort), width)
  if all == 0 then
    return
  end
  lines[#lines + 1] = ""
  layout.append(lines, columns(columns_of(rows, wanted.sort, grand_total(snapshot, field)), rows,
    wanted.by, text_of_row(wanted.by, paint), { width = width, paint = paint }))
end

--- `at the peak: tables 1.20 MiB (60 %), strings 820 KiB (40 %)`
local function types_sentence(snapshot, field, title)
  local whole, list = total(snapshot, field), {}
  for _, name in ipairs(TYPES) do
    local part = snapshot.types[name][field]
    if part > 0 and part >= 0.005 * whole then
      list[#list + 1] = { part = part,
        text = ("%s %s (%.0f %%)"):format(PLURALS[name], layout.size(part), 100 * part / whole) }
    end
  end
  table.sort(list, function(a, b) return a.part > b.part end)
  for i, item in ipairs(list) do
    list[i] = item.text
  end
  return #list > 0 and ("%s: %s"):format(title, table.concat(list, ", ")) or nil
end

--- What was there before and is gone by now is nobody's loss.
local function held_by_program(snapshot)
  return snapshot.mode == "exact" and total(snapshot, "bytes")
    or math.max(0, snapshot.used - snapshot.base)
end

local function summary(what)
  local snapshot = what.snapshot
  local which = what.collected and "still held at the end" or "held at the end, garbage included"
  local held = held_by_program(snapshot)
  return ("%s at the peak, %s %s; above %s before the program began"):format(
    layout.size(math.max(held, snapshot.peak - snapshot.base)), layout.size(held), which,
    layout.size(snapshot.base))
end

local MISSING = { "killed", "late", "refused",
  killed = "note: %s killed, and not counted",
  late = "note: %s still busy, and not counted",
  refused = "note: %s without memory to tell, and not counted",
}

--- `2 workers: 1.20 MiB at their peaks, 0 B still held; 3.40 MiB allocated in 1,200 blocks`
local function add_workers(list, workers)
  if workers.count > 0 then
    list[#list + 1] = ("%s: %s at their peaks, %s still held; %s allocated in %s"):format(
      layout.plural(workers.count, "worker"), layout.size(total(workers, "peak_bytes")),
      layout.size(total(workers, "bytes")), layout.size(total(workers, "total_bytes")),
      layout.plural(total(workers, "total_blocks"), "block"))
  end
  for _, why in ipairs(MISSING) do
    local count = workers[why] or 0
    if count > 0 then
      list[#list + 1] = MISSING[why]:format(layout.plural(count, "worker"))
    end
  end
end

local function foot(what, unicode)
  local snapshot, list = what.snapshot, {}
  list[1] = types_sentence(snapshot, "peak_bytes", "at the peak")
  list[#list + 1] = types_sentence(snapshot, "bytes", "held")
  list[#list + 1] = ("%s allocated in %s; %s of the collector (%s)"):format(
    layout.size(total(snapshot, "total_bytes")),
    layout.plural(total(snapshot, "total_blocks"), "block"),
    layout.plural(what.timeline.cycles, "cycle"), chart.mark(unicode))
  if snapshot.workers then
    add_workers(list, snapshot.workers)
  end
  if snapshot.mode == "sampled" then
    list[#list + 1] = "note: figures of lines are estimates from samples"
  end
  if snapshot.lost.blocks > 0 then
    list[#list + 1] = ("note: memory ran out for the tracker: %s are on no line"):format(
      layout.plural(snapshot.lost.blocks, "block"))
  end
  return list
end

--- The report as text.
---@param what MemoryReport
---@param wanted MemorySettings
---@param options? {width?: integer, paint?: function, unicode?: boolean}
---@return string
function report.text(what, wanted, options)
  local width, paint = layout.options(options)
  local unicode = options and options.unicode
  local snapshot = what.snapshot
  local lines = {
    layout.clip(("%s · %s · %s"):format(layout.printable(what.script), how(snapshot),
      layout.seconds(snapshot.time)), width),
  }
  layout.sentence(lines, summary(what), width)
  lines[#lines + 1] = ""
  layout.append(lines, chart.draw(what.timeline, { width = math.min(width, CHART_WIDTH),
    base = snapshot.base, unicode = unicode }))
  lines[#lines + 1] = ""
  add_table(lines, what, wanted, width, paint)
  lines[#lines + 1] = ""
  local from = #lines + 1
  for _, sentence in ipairs(foot(what, unicode)) do
    layout.sentence(lines, sentence, width)
  end
  for i = from, #lines do
    lines[i] = paint(lines[i], "dim")
  end
  return table.concat(lines, "\n") .. "\n"
end

local KEYS = { "format", "version", "script", "mode", "interval", "frames", "time", "used", "base",
  "peak", "peak_used", "cost", "collected", "lost", "types", "workers", "count",
  "timeline", "rows", "cycles", "points", "place", "name", "source", "line", "kind",
  "stack", "bytes", "blocks", "total_bytes",
  "total_blocks", "peak_bytes", "peak_blocks", "cycle" }

--- The report as JSON: all rows, most of memory at the peak first, and the timeline.
---@param what MemoryReport
---@param wanted MemorySettings
---@return string
function report.json(what, wanted)
  local snapshot = what.snapshot
  local shown = {
    format = "perilune-memory", version = 1, script = what.script, collected = what.collected,
    mode = snapshot.mode, interval = snapshot.interval, frames = snapshot.frames,
    time = snapshot.time, used = snapshot.used, base = snapshot.base, peak = snapshot.peak,
    peak_used = snapshot.peak_used, cost = snapshot.cost, lost = snapshot.lost,
    types = snapshot.types, workers = snapshot.workers, timeline = what.timeline,
    by = wanted.by, rows = snapshot:top(nil, wanted.by, "total_blocks"),
  }
  local field = FIELDS[wanted.sort]
  table.sort(shown.rows, function(a, b)
    if a[field] ~= b[field] then
      return a[field] > b[field]
    end
    return a.total_bytes > b.total_bytes
  end)
  return bytes.escape(require("dkjson").encode(shown, { keyorder = KEYS })) .. "\n"
end

return report
