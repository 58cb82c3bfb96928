--- Grades a folder of submissions: `perilune grade`.

local batch = require("perilune.lab.grade.batch")
local class = require("perilune.lab.grade.class")
local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local hidden = require("perilune.lab.hidden")
local junit = require("perilune.lab.grade.junit")
local manifest = require("perilune.lab.manifest")
local records = require("perilune.lab.grade.records")
local rows = require("perilune.lab.grade.rows")
local shell = require("perilune.shell")
local student_page = require("perilune.lab.grade.student")
local submissions = require("perilune.lab.grade.submissions")

local grade = {}

---@class GradeOptions
---@field entry Entry
---@field folder string      of submissions
---@field out string
---@field seed integer
---@field jobs integer
---@field names? string      a Lua pattern
---@field hidden? string     folder
---@field roster? string     file
---@field marks? string      file
---@field resume? boolean
---@field sandbox? string
---@field template string    of pages, as `perilune.lab.page` has it
---@field on_row fun(done: integer, all: integer, student: string, verdict: string)

---@class Graded
---@field rows GradeRow[]
---@field skipped string[]   names in the folder that are nobody's
---@field strangers string[] students who are not on the roster
---@field kept integer       rows that an earlier batch had decided
---@field interrupted? any   what was raised

local NOT_DONE <const> = "not judged yet: the batch was ended (go on with --resume)"
local NOTHING <const> = "no submission"

local function quoted(word)
  return word:find("[^%w%./_=-]") and shell.quoted(word) or word
end

local function replay_of(options, file)
  local words = { "perilune check", tostring(options.entry.number), quoted(file), "--seed",
    ("%x"):format(options.seed) }
  if options.hidden then
    words[#words + 1] = "--hidden " .. quoted(options.hidden)
  end
  return table.concat(words, " ")
end

local function verdict_of(report, problem)
  return report and report.verdict or problem == NOTHING and "missing" or "not judged"
end

local function fill(row, options, file, report, problem)
  row.file, row.report, row.problem = file, report, problem
  row.verdict = verdict_of(report, problem)
  row.replay = file and replay_of(options, file)
end

local function new_row(student, roster)
  return { student = student, roster = roster or {}, marks = {} }
end

local function read_file(path, read, ...)
  local text, message = files.read(path)
  if not text then
    return nil, message
  end
  local value, more = read(text, ...)
  if not value then
    return nil, ("%s: %s"):format(path, more)
  end
  return value, more
end

--- A row for each student of the roster, then for each other who has handed something in.
local function rows_of(list, roster)
  local all, by_student, strangers = {}, {}, {}
  local function add(student, fields)
    local row = new_row(student, fields)
    all[#all + 1], by_student[student] = row, row
  end
  for _, one in ipairs(roster or {}) do
    if not by_student[one.student] then
      add(one.student, one.fields)
    end
  end
  for _, submission in ipairs(list) do
    if not by_student[submission.student] then
      add(submission.student)
      strangers[#strangers + 1] = roster and submission.student or nil
    end
  end
  return all, by_student, strangers
end

local function add_marks(by_student, marks)
  for student, given in pairs(marks or {}) do
    local row = by_student[student]
    if not row then
      return nil, ("'%s' has marks, and is no student here"):format(student)
    end
    row.marks, row.comment = given.marks, given.comment
  end
  return true
end

local function page_of(row)
  return ("students/%s.html"):format(submissions.id(row.student))
end

local function write_all(options, exercise, graded, columns)
  local out, template = options.out, options.template
  local again = ("perilune grade %d %s"):format(exercise.number, quoted(options.folder))
  local about = ("Seed %x. One of them again: perilune check %d FILE --seed %x"):format(
    options.seed, exercise.number, options.seed)
  local function write(name, text)
    assert(files.write(out .. "/" .. name, text))
  end
  for _, row in ipairs(graded.rows) do
    write(page_of(row), student_page.page(row, exercise, template, again))
  end
  write("grades.csv", rows.csv(graded.rows, exercise, columns))
  write("junit.xml", junit.write(graded.rows, exercise.title))
  write("results.json", dkjson.encode({
    exercise = exercise.number, title = exercise.title, seed = ("%x"):format(options.seed),
    rows = graded.rows,
  }, { indent = true, keyorder = { "exercise", "title", "seed", "rows", "student", "verdict" } })
    .. "\n")
  write("index.html", class.page(graded.rows, exercise, about, page_of, template, again))
  if not files.kind(out .. "/marks.csv") then -- a reader may have filled it in
    write("marks.csv", rows.marks_csv(graded.rows, exercise))
  end
end

--- What is decided already, and what is to be judged.
local function sort_out(options, exercise, list, by_student, store)
  local left, kept = {}, 0
  for _, submission in ipairs(list) do
    store:note(submission)
    local record = options.resume and store:find(submission)
    if record then
      fill(by_student[submission.student], options, record.file, record.report, record.problem)
      kept = kept + 1
    else
      submissions.open(submission, exercise.solution, options.out .. "/submissions")
      submission.begun = options.resume and store:begun(submission) or nil
      left[#left + 1] = not submission.problem and submission or nil
    end
    if submission.problem then
      fill(by_student[submission.student], options, submission.file, nil, submission.problem)
      store:save(submission, nil, submission.problem)
    end
  end
  return left, kept
end

local function judge_all(options, left, by_student, store)
  local done = 0
  return pcall(batch.run, {
    entry = options.entry, hidden = options.hidden, seed = options.seed, jobs = options.jobs,
    sandbox = options.sandbox,
    on_begun = function(submission, report) store:begin(submission, report) end,
    on_result = function(submission, report, problem)
      local row = by_student[submission.student]
      done = done + 1
      fill(row, options, submission.file, report, problem)
      store:save(submission, report, problem)
      options.on_row(done, #left, submission.student, row.verdict)
    end,
  }, left)
end

local function load_exercise(options)
  local exercise = manifest.load(options.entry)
  if options.hidden then
    local count, message = hidden.add(exercise, options.hidden)
    if not count then
      return nil, message
    end
  end
  return exercise
end

---@class Given
---@field list Submission[]
---@field skipped string[]
---@field roster? table[]
---@field columns string[]
---@field marks? table

--- All that is read before anything is judged.
---@return Given? given
---@return string? message
local function read_given(options, exercise)
  local given, message = { columns = {} }, nil
  given.list, given.skipped = submissions.list(options.folder, exercise.solution, options.names)
  if not given.list then
    return nil, given.skipped
  end
  if options.roster then
    given.roster, given.columns = read_file(options.roster, rows.read_roster)
    if not given.roster then
      return nil, given.columns
    end
  end
  if options.marks then
    given.marks, message = read_file(options.marks, rows.read_marks, exercise)
  end
  return not message and given or nil, message
end

--- Rows that have no verdict yet: of those who were not reached, or have handed in nothing.
local function fill_rest(all, left)
  local waiting = {}
  for _, submission in ipairs(left) do
    waiting[submission.student] = true
  end
  for _, row in ipairs(all) do
    if not row.verdict then
      row.problem = waiting[row.student] and NOT_DONE or NOTHING
      row.verdict = verdict_of(nil, row.problem)
    end
  end
end

--- Grades, and writes everything into `options.out`, also where it is interrupted.
---@param options GradeOptions
---@return Graded?
---@return string? message
function grade.run(options)
  local exercise, given, store, ok, message
  exercise, message = load_exercise(options)
  if exercise then
    given, message = read_given(options, exercise)
  end
  if not given then
    return nil, message
  end
  local all, by_student, strangers = rows_of(given.list, given.roster)
  ok, message = add_marks(by_student, given.marks)
  if ok then
    store, message = records.open(options.out, options)
  end
  if not store then
    return nil, message
  end
  local left, kept = sort_out(options, exercise, given.list, by_student, store)
  local judged, raised = judge_all(options, left, by_student, store)
  fill_rest(all, left)
  local graded = {
    rows = all, skipped = given.skipped, strangers = strangers, kept = kept,
    interrupted = not judged and raised or nil,
  }
  write_all(options, exercise, graded, given.columns)
  return graded
end

return grade
