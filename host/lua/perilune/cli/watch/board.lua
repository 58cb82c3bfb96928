--- What `watch` shows on a screen: the verdicts of one exercise and what to do next, in as many
--- lines as there are.

local report = require("perilune.lab.report")

local board = {}

---@class View
---@field judging Judging
---@field text? string    what was asked for by a key
---@field keys string     what keys do
---@field width integer
---@field height integer
---@field paint Paint

--- What is watched, and since when it is as it is.
---@param shown Judging
---@param paint Paint
---@return string
function board.heading(shown, paint)
  local exercise = shown.exercise
  return ("%s  %s  %s"):format(
    paint(("Exercise %d  %s"):format(exercise.number, exercise.title), "bold"),
    paint(shown.path, "dim"), paint(os.date("saved %H:%M:%S", shown.saved), "dim"))
end

--- The rows of all checks, each with its kind: "pass", "wait" and so on, or "pending".
local function rows_of(view)
  local shown, rows = view.judging, {}
  local width = report.label_width(shown.exercise)
  for i, check in ipairs(shown.exercise.checks) do
    local result = shown.done[check.name]
    if not result then
      local detail = shown.check == check.name and view.paint("is being decided", "dim") or ""
      rows[i] = { kind = "pending", label = check.label,
        text = report.pending(check.label, width, view.paint, detail) }
    else
      local write = result == shown.obstacle and report.row or report.line
      rows[i] = { kind = result.status, label = check.label,
        text = write(result, width, view.paint, view.width) }
    end
  end
  return rows
end

local function labels_of(rows, kind)
  local labels = {}
  for _, row in ipairs(rows) do
    labels[#labels + 1] = row.kind == kind and row.label or nil
  end
  return labels
end

--- One row in the place of all of a kind: what has passed comes first, what is to come last.
local function merge(rows, kind, view)
  local labels = labels_of(rows, kind)
  if #labels < 2 then
    return rows
  end
  local one = report.line({ status = kind, label = #labels .. " checks",
    detail = table.concat(labels, ", ") }, report.label_width(view.judging.exercise), view.paint,
    view.width)
  local merged = {}
  for _, row in ipairs(rows) do
    merged[#merged + 1] = row.kind ~= kind and row or nil
  end
  table.insert(merged, kind == "pass" and 1 or #merged + 1, { kind = kind, text = one })
  return merged
end

local function add(lines, text)
  for line in (text .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line
  end
end

local function summary(view)
  local shown = view.judging
  if shown.report then
    return report.verdict(shown.report, view.paint)
  end
  local left = #shown.exercise.checks - #shown.results
  return view.paint(("%d decided, %d to come"):format(#shown.results, left), "dim")
end

--- What stands below the rows.
local function foot(view)
  local shown, lines = view.judging, { "" }
  if shown.problem then
    add(lines, report.paragraph(view.paint(shown.problem, "red"), view.width))
  else
    lines[2] = "  " .. summary(view)
  end
  if shown.unremembered then
    add(lines, report.paragraph("not remembered: " .. shown.unremembered, view.width))
  end
  lines[#lines + 1] = ""
  if view.text then
    add(lines, view.text)
  elseif not shown.problem then
    add(lines, report.paragraph(board.advice(shown), view.width))
  end
  return lines
end

--- The next thing to do.
---@param shown Judging
---@return string
function board.advice(shown)
  local obstacle = shown.obstacle
  if shown.report and not obstacle then
    return ("next: perilune compare %d shows yours beside others"):format(shown.exercise.number)
  elseif not obstacle then
    return ""
  end
  return "next: " .. report.advice({ results = shown.results, exercise = shown.exercise.number })
end

local function above(view, rows)
  local lines = { board.heading(view.judging, view.paint), "" }
  for _, row in ipairs(rows) do
    add(lines, row.text)
  end
  return lines
end

local function cut(lines, count)
  return table.move(lines, 1, math.min(#lines, count), 1, {})
end

-- What is told in one line first, where there are too few.
local MERGED <const> = { "wait", "pass", "pending" }

--- The whole, no more lines than the screen has; the keys are the last.
---@param view View
---@return string[] lines
function board.lines(view)
  local rows, below = view.judging.problem and {} or rows_of(view), foot(view)
  local lines, room = above(view, rows), view.height - 2
  for _, kind in ipairs(MERGED) do
    if #lines + #below > room then
      rows = merge(rows, kind, view)
      lines = above(view, rows)
    end
  end
  lines = cut(lines, math.max(room - #below, 1))
  lines = cut(table.move(below, 1, #below, #lines + 1, lines), room)
  lines[#lines + 1] = ""
  lines[#lines + 1] = view.keys
  return lines
end

return board
