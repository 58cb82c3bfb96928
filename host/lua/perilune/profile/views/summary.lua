--- The sentences above and below a view: what was recorded, and what stands where.

local layout = require("perilune.profile.views.layout")

local summary = {}

local HOW = {
  calls = "every call", sample = "sampled", lines = "every line", memory = "every allocation",
}

local function sum(list)
  local total = 0
  for _, x in ipairs(list or {}) do
    total = total + x
  end
  return total
end

--- What the whole tree has.
---@param raw table
---@return table<string, number> by field: self, wait, suspended, calls, bytes, blocks, samples
function summary.totals(raw)
  local totals = {}
  for _, name in ipairs({ "self", "wait", "suspended", "calls", "bytes", "blocks", "samples" }) do
    totals[name] = sum(raw.nodes[name])
  end
  return totals
end

--- `every call`; `sampled, every 1.00 ms`
---@param raw table
---@return string
function summary.how(raw)
  local interval = raw.mode == "sample" and raw.interval
    and (", every %s"):format(layout.seconds(raw.interval)) or ""
  return HOW[raw.mode] .. interval
end

--- When the recording began, if that is known.
---@param raw table
---@return string?
function summary.date(raw)
  return raw.time and os.date("%Y-%m-%d %H:%M:%S", math.floor(raw.time))
end

--- `app.lua · every call · 1.20 s`
---@param raw table
---@return string
function summary.title(raw)
  local script = raw.script and layout.printable(raw.script.path) or "a program"
  local parts = { script, summary.how(raw) }
  if raw.processes and raw.processes > 1 then
    parts[#parts + 1] = ("%d processes"):format(raw.processes)
  end
  parts[#parts + 1] = summary.date(raw)
  return table.concat(parts, " · ")
end

local function work(raw, totals)
  local counted = raw.mode == "sample" and layout.plural(totals.samples, "sample")
    or layout.plural(totals.calls, "call")
  local cpu = raw.cpu and (", %s of CPU time"):format(layout.seconds(raw.cpu)) or ""
  local net = raw.overhead and ", without the profiler's own time" or ""
  return ("%s recorded in %s of wall clock%s; %s in functions%s"):format(
    counted, layout.seconds(raw.duration), cpu, layout.seconds(totals.self), net)
end

local function waits(totals)
  local parts = {}
  if totals.wait > 0 then
    parts[1] = ("%s of it waiting, off the processor"):format(layout.seconds(totals.wait))
  end
  if totals.suspended > 0 then
    parts[#parts + 1] = ("coroutines suspended for %s, in neither self nor total"):format(
      layout.seconds(totals.suspended))
  end
  return #parts > 0 and table.concat(parts, "; ") or nil
end

local function collector(raw)
  local found = raw.collector
  if not (found and found.cycles) then
    return nil
  end
  local mode = found.mode and layout.printable(found.mode) .. " " or ""
  return ("%s of the %scollector; its time lands on the functions that allocate"):format(
    layout.plural(found.cycles, "cycle"), mode)
end

local MISSING = { killed = "%s %s killed: what %s did is missing",
  late = "%s %s still busy: what %s did is missing" }

--- What is to be known of the figures.
---@param raw table
---@return string[]
function summary.notes(raw)
  local notes, workers = { table.unpack(raw.notes or {}) }, raw.workers or {}
  for _, why in ipairs({ "killed", "late" }) do
    local count = workers[why] or 0
    if count > 0 then
      notes[#notes + 1] = MISSING[why]:format(layout.plural(count, "worker"),
        count == 1 and "was" or "were", count == 1 and "it" or "they")
    end
  end
  return notes
end

local function workers_text(raw)
  local workers = raw.workers
  if workers and (workers.recorded or 0) > 0 then
    return ("%s, below (workers); between tasks, idle for %s, in nobody's time"):format(
      layout.plural(workers.recorded, "worker"), layout.seconds(workers.idle or 0))
  end
end

--- The lines below a view.
---@param raw table
---@param width integer
---@return string[]
function summary.foot(raw, width)
  local totals, lines = summary.totals(raw), {}
  local sentences = { work(raw, totals) }
  sentences[#sentences + 1] = waits(totals)
  sentences[#sentences + 1] = workers_text(raw)
  if totals.bytes > 0 then
    sentences[#sentences + 1] = ("%s allocated in %s"):format(
      layout.size(totals.bytes), layout.plural(totals.blocks, "block"))
  end
  sentences[#sentences + 1] = collector(raw)
  for _, note in ipairs(summary.notes(raw)) do
    sentences[#sentences + 1] = "note: " .. layout.printable(note)
  end
  for _, sentence in ipairs(sentences) do
    layout.sentence(lines, sentence, width)
  end
  return lines
end

return summary
