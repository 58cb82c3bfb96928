--- What a batch has come to: a row a student, whatever became of the submission.

local csv = require("perilune.lab.csv")

local rows = {}

---@class GradeRow
---@field student string
---@field roster table<string, string>
---@field file? string
---@field problem? string    why nothing was judged
---@field report? Report
---@field verdict string     passed, failed, inconclusive; missing, not judged
---@field marks table<string, number> a reader's, by check
---@field comment? string
---@field replay? string     the command that judges it again

--- The most that a reader can give for a check: the numbers in its rubric.
---@param check table
---@return integer
function rows.most(check)
  local sum = 0
  for _, line in ipairs(check.rubric or {}) do
    sum = sum + (math.tointeger(tonumber(line:match("^%[(%d+)%]"))) or 0)
  end
  return sum
end

--- The checks that a person decides.
---@param exercise Exercise
---@return table[]
function rows.read_checks(exercise)
  local list = {}
  for _, check in ipairs(exercise.checks) do
    list[#list + 1] = check.rubric and check or nil
  end
  return list
end

--- A reader's marks from a CSV: `student`, a column a check, perhaps `comment`.
---@param text string
---@param exercise Exercise
---@return table<string, {marks: table<string, number>, comment?: string}>? by_student
---@return string? message
function rows.read_marks(text, exercise)
  local records, names = csv.records(text)
  if not records then
    return nil, names
  end
  local by_student = {}
  for i, record in ipairs(records) do
    local marks = {}
    for _, check in ipairs(rows.read_checks(exercise)) do
      local written, most = record[check.name] or "", rows.most(check)
      local mark = tonumber(written)
      if written ~= "" and not (mark and mark >= 0 and mark <= most) then
        return nil, ("line %d: '%s' is no mark for %s: a number from 0 to %d is"):format(
          i + 1, written, check.name, most)
      end
      marks[check.name] = mark
    end
    if (record.student or "") == "" then
      return nil, ("line %d names no student: the column 'student' does"):format(i + 1)
    end
    by_student[record.student] = {
      marks = marks, comment = record.comment ~= "" and record.comment or nil,
    }
  end
  return by_student
end

--- Students of a class: `student`, or else the first column, names them as submissions do.
---@param text string
---@return {student: string, fields: table<string, string>}[]? list
---@return string[]|string columns beside that one, or a message
function rows.read_roster(text)
  local records, names = csv.records(text)
  if not records then
    return nil, names
  end
  local key, columns, list = names[1], {}, {}
  for _, name in ipairs(names) do
    key = name == "student" and name or key
  end
  for _, name in ipairs(names) do
    columns[#columns + 1] = name ~= key and name or nil
  end
  for i, record in ipairs(records) do
    list[i] = { student = record[key], fields = record }
  end
  return list, columns
end

local function result_named(row, name)
  for _, result in ipairs(row.report and row.report.results or {}) do
    if result.name == name then
      return result
    end
  end
end

--- Checks that a row has passed, and how many there are; a reader's do not count.
---@param row GradeRow
---@param exercise Exercise
---@param hidden? boolean only the hidden ones, or only the others
---@return integer passed
---@return integer of
function rows.score(row, exercise, hidden)
  local passed, of = 0, 0
  for _, check in ipairs(exercise.checks) do
    if not check.rubric and (hidden == nil or hidden == (check.hidden or false)) then
      local result = result_named(row, check.name)
      of = of + 1
      passed = passed + (result and result.status == "pass" and 1 or 0)
    end
  end
  return passed, of
end

--- The sum of a reader's marks; nil without any.
---@param row GradeRow
---@return number?
function rows.mark(row)
  local sum
  for _, mark in pairs(row.marks) do
    sum = (sum or 0) + mark
  end
  return sum
end

--- What a row says beside the results: one line.
---@param row GradeRow
---@return string
function rows.reason(row)
  if row.problem then
    return row.problem
  end
  for _, result in ipairs(row.report.results) do
    if result.status == "fail" or result.status == "off limits" then
      return ("%s: %s"):format(result.label,
        result.hidden and "a hidden check" or result.detail)
    end
  end
  return ""
end

local function header(exercise, columns)
  local names = { "student" }
  table.move(columns, 1, #columns, 2, names)
  for _, name in ipairs({ "verdict", "passed", "of", "hidden passed", "hidden of", "reason" }) do
    names[#names + 1] = name
  end
  for _, check in ipairs(exercise.checks) do
    names[#names + 1] = check.name
  end
  for _, check in ipairs(rows.read_checks(exercise)) do
    names[#names + 1] = ("%s mark of %d"):format(check.name, rows.most(check))
  end
  return table.move({ "comment", "file", "replay" }, 1, 3, #names + 1, names)
end

local function cells(row, exercise, columns)
  local list = { row.student }
  local function add(value)
    list[#list + 1] = value == nil and "" or value
  end
  for _, name in ipairs(columns) do
    add(row.roster[name])
  end
  add(row.verdict)
  for _, hidden in ipairs({ false, true }) do
    local passed, decided
    if row.report then
      passed, decided = rows.score(row, exercise, hidden)
    end
    add(passed)
    add(decided)
  end
  add(rows.reason(row))
  for _, check in ipairs(exercise.checks) do
    add((result_named(row, check.name) or {}).status)
  end
  for _, check in ipairs(rows.read_checks(exercise)) do
    add(row.marks[check.name])
  end
  add(row.comment)
  add(row.file)
  add(row.replay)
  return list
end

--- All rows for a spreadsheet.
---@param list GradeRow[]
---@param exercise Exercise
---@param columns string[] of the roster
---@return string
function rows.csv(list, exercise, columns)
  local lines = { header(exercise, columns) }
  for i, row in ipairs(list) do
    lines[i + 1] = cells(row, exercise, columns)
  end
  return csv.write(lines)
end

--- A table for a reader to fill in, as `--marks` takes it.
---@param list GradeRow[]
---@param exercise Exercise
---@return string
function rows.marks_csv(list, exercise)
  local names = { "student" }
  for i, check in ipairs(rows.read_checks(exercise)) do
    names[i + 1] = check.name
  end
  names[#names + 1] = "comment"
  local lines = { names }
  for _, row in ipairs(list) do
    if row.report then
      local line = { row.student }
      for i = 2, #names do
        line[i] = row.marks[names[i]] or names[i] == "comment" and row.comment or ""
      end
      lines[#lines + 1] = line
    end
  end
  return csv.write(lines)
end

return rows
