--- One judging of one solution: where children, data, answers and measures of its checks come from.

local agree = require("perilune.lab.agree")
local answers = require("perilune.lab.answers")
local files = require("perilune.lab.files")
local failure = require("perilune.lab.failure")
local format = require("perilune.format")
local manifest = require("perilune.lab.manifest")
local surroundings = require("perilune.lab.surroundings")

local ANSWERS, LONGEST_ANSWERS = "answers.md", 64 << 10
local LIMITS = { memory = 1 << 30, cpu = 20, wall = 30, output = 64 * 1024 }

---@class Session
---@field exercise Exercise
---@field file string       the solution, absolute
---@field seed integer
---@field limits table
---@field measures table    what a check found that a later one compares with
---@field format table      how figures and values are written: perilune.format
---@field sandbox "best"|"full"|"off"
---@field brief boolean     verdicts are wanted, not figures to look at
---@field missing? string    what the sandboxes of its children lack
---@field ports? integer[]   of this machine, to which a child started from now on may connect
local Session = {}
Session.__index = Session
Session.format = format

local session = {}

-- Right results by the packed arguments that they are of, as long as somebody has these.
local expected_of = setmetatable({}, { __mode = "k" })

--- Limits, with the changes that an exercise or a check makes.
local function limits_with(limits, changes)
  local changed = {}
  for name, value in pairs(limits) do
    changed[name] = changes and changes[name] or value
  end
  return changed
end

---@param exercise Exercise
---@param file string? the solution; nil when only shipped versions run
---@param options {seed: integer, sandbox?: string, scratch?: string, brief?: boolean,
---  measures?: table, start?: function, bench?: table}
---@return Session
function session.new(exercise, file, options)
  return setmetatable({
    exercise = exercise,
    file = file and files.absolute(file),
    seed = options.seed,
    opened = 0,
    folders = setmetatable({}, { __mode = "k" }),
    limits = limits_with(LIMITS, exercise.limits),
    measures = options.measures or {},
    start = options.start or require("perilune.child").start,
    bench = options.bench or require("perilune.bench"),
    scratch = files.scratch(options.scratch or files.memory()),
    sandbox = options.sandbox or "best",
    brief = options.brief or false,
  }, Session)
end

---@class Opening
---@field functions string[]                 that the file must return
---@field forbidden? table<string, string>   reasons by module
---@field late? boolean                      refuse these modules in use, not at their `require`
---@field driver? string                     a file of ours, called in the solution's stead: see
---  `perilune.lab.manifest`
---@field limits? table                      changes to the exercise's

--- Starts a process with a file that must return the named functions.
---@param file string
---@param opening Opening
---@return table? child
---@return string? message
---@return string? code
function Session:open(file, opening)
  local limits = limits_with(self.limits, opening.limits)
  self.opened = self.opened + 1
  local folder, records = surroundings.make(("%s/%d"):format(self.scratch, self.opened),
    self.exercise.records)
  local child, message, code = self.start({
    file = file, forbidden = opening.forbidden, late = opening.late, driver = opening.driver,
    cwd = folder, memory = limits.memory, cpu = limits.cpu, wall = limits.wall,
    output = limits.output, sandbox = self.sandbox, write = records,
    read = surroundings.readable(self.exercise, file, file == self.file),
    hide = { files.folder(self.exercise.folder) }, ports = self.ports,
  })
  if not child then
    return nil, message, code
  end
  self.missing = self.missing or (child:layers() or {}).missing
  message = failure.of_contract(file, opening.functions, child:functions())
  if message then
    child:close()
    return nil, message, "contract"
  end
  self.folders[child] = folder
  return child
end

--- Where a process runs that was opened here.
---@param child table
---@return string path
function Session:folder(child)
  return self.folders[child]
end

--- The student's file.
---@param check? table whose own driver, forbidden modules and limits count
function Session:solution(check)
  local exercise = self.exercise
  local forbidden, late = manifest.forbidden(exercise, check)
  return self:open(self.file, {
    functions = exercise.functions, forbidden = forbidden, late = late,
    driver = manifest.driver(exercise, check), limits = check and check.limits,
  })
end

--- The given version, always the shipped one.
function Session:naive()
  local naive = self.exercise.naive
  return self:open(self.exercise.folder .. "/" .. naive.file, { functions = { naive.name } })
end

--- The function that a check is about.
---@param check? table
---@return string
function Session:name_of(check)
  local plan = check or self.exercise.compare
  return plan and plan.call or self.exercise.functions[1]
end

--- Arguments of one call.
---@param n integer
---@param offset? integer added to the seed: fresh data
---@return table packed
function Session:arguments(n, offset)
  return table.pack(self.exercise.generate(n, self.seed + (offset or 0)))
end

--- One measured call, whose results stay in the child.
---@param child table
---@param how "call"|"count"|"calls" nothing, VM instructions, or calls are counted
---@param name string
---@param arguments table packed
---@return table? spent {cpu, wall, instructions?, functions?, others?}
---@return string? message
---@return string? code
function Session.spend(_, child, how, name, arguments)
  local sent, message, code = child:put(table.unpack(arguments, 1, arguments.n))
  if not sent then
    return nil, message, code
  end
  return child[how](child, name)
end

--- One timed call. Results are taken too: what cannot be sent is the solution's failure.
---@param child table
---@param name string
---@param arguments table packed
---@return {cpu: number, wall: number}? spent seconds
---@return any result or message
---@return string? code
function Session:timed(child, name, arguments)
  local spent, message, code = self:spend(child, "call", name, arguments)
  if not spent then
    return nil, message, code
  end
  local result
  result, message, code = child:take()
  if result == nil and code then
    return nil, message, code
  end
  return spent, result
end

--- The same, where processor time alone is asked.
---@return number? seconds of CPU
---@return any result or message
---@return string? code
function Session:call(child, name, arguments)
  local spent, result, code = self:timed(child, name, arguments)
  return spent and spent.cpu, result, code
end

--- One call that is not timed: to read the clocks of all its processes takes longer than it may.
---@param child table
---@param name string
---@param arguments table packed
---@return boolean? ok
---@return any result or message
---@return string? code
function Session.answer(_, child, name, arguments)
  return child:invoke(name, table.unpack(arguments, 1, arguments.n))
end

--- Calls a function of a check's driver.
---@param child table
---@param check table
---@param name string
---@return any report nil when that failed
---@return table? failure a result
---@return number? seconds of CPU
function Session:drive(child, check, name, ...)
  local seconds, report, code = self:call(child, name, table.pack(...))
  if not seconds then
    return nil, self:failed(report, code, check)
  end
  return report, nil, seconds
end

--- How a result differs from the right one, which is computed here and nowhere else.
---@param arguments table packed
---@param got any
---@return string? difference nil when it is right
---@return any expected
function Session:difference(arguments, got)
  local known = expected_of[arguments]
  if not known then
    known = table.pack(self.exercise.expected(table.unpack(arguments, 1, arguments.n)))
    expected_of[arguments] = known
  end
  local same, difference = agree[self.exercise.agree or "value"](known[1], got)
  return not same and difference or nil, known[1]
end

---@return string path of the written answers: the judged file itself, or beside the solution
function Session:answers_file()
  if self.exercise.solution == ANSWERS then
    return self.file
  end
  return files.folder(self.file) .. "/" .. ANSWERS
end

--- The written answers, read once.
---@return table<string, Section>? sections
---@return string? message
function Session:answers()
  if not self.sections then
    local path = self:answers_file()
    if not files.kind(path) then
      return nil, ("there is no answers.md beside %s"):format(files.basename(self.file))
    end
    local text, message = files.read_safely(path, LONGEST_ANSWERS)
    if not text then
      return nil, message
    end
    self.sections = answers.parse(text)
  end
  return self.sections
end

--- A section of the written answers that is filled in.
---@param heading string
---@return Section? section
---@return string? message
function Session:section(heading)
  local sections, message = self:answers()
  if not sections then
    return nil, message
  end
  return answers.section(sections, heading)
end

--- A text of the solution's as the student is to read it: the file is named without its folder.
---@param text string
---@return string
function Session:shown(text)
  if not self.file then
    return text
  end
  return failure.named(text, self.file)
end

--- A result for a failed call into a child.
---@param message string
---@param code string
---@param check? table whose own limits count
---@return table result
function Session:failed(message, code, check)
  local driver = manifest.driver(self.exercise, check)
  message = self:shown(driver and failure.without_place(message, driver) or message)
  local limits = limits_with(self.limits, check and check.limits)
  local result = failure.result(message, code, limits)
  if code == "contract" then
    result.hint = failure.contract_hint(self.exercise.functions)
  end
  result.hint = check and check.explain and check.explain(message) or result.hint
  return result
end

function Session:close()
  files.remove_tree(self.scratch)
end

Session.__close = Session.close

return session
