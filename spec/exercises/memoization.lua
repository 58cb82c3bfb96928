--- Exercise 4's criteria, one by one, on solutions that are given as text.
local assert = require("luassert")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")

local FOLDER <const> = exercises .. "/04-memoization"

local memoization = { folder = FOLDER, reference = FOLDER .. "/reference", seed = 0x7f3a }

local entry = { number = 4, name = "memoization", id = "04-memoization", folder = FOLDER }
memoization.exercise = manifest.load(entry)

--- The exercise with one of its criteria, which waits for no other.
function memoization.only(name)
  local exercise = memoization.exercise
  local alone = setmetatable({ checks = {} }, { __index = exercise })
  for _, check in ipairs(exercise.checks) do
    if check.name == name then
      alone.checks[1] = setmetatable({ needs = {} }, { __index = check })
    end
  end
  return assert(alone.checks[1] and alone, name)
end

-- Where solutions are written: a folder for each test.
local scratch

function memoization.open() scratch = assert(files.scratch()) end

function memoization.close() files.remove_tree(scratch) end

---@return string path of that folder
function memoization.scratch() return scratch end

---@return string path
function memoization.write(name, text)
  local path = scratch .. "/" .. name
  assert(files.write(path, text))
  return path
end

--- The result of one criterion for a solution that is given as text.
function memoization.judge_text(name, text)
  local path = memoization.write("solution.lua", text)
  return judge.run(memoization.only(name), path, { seed = memoization.seed }).results[1]
end

--- For one whose function is given as an expression, with lines before.
function memoization.judge_function(check, name, expression, before)
  return memoization.judge_text(check, ([[
    %s
    local none = function() end
    local returned = { fib = none, fib_memo = none, memoize = none, slow_factorial = none,
      factorial = none, pitfall = none }
    returned.%s = %s
    return returned]]):format(before or "", name, expression))
end

function memoization.fails(part, result)
  local text = table.concat({ result.detail, table.unpack(result.notes or {}) }, "\n")
  assert.equal("fail", result.status, text)
  assert.truthy(text:find(part, 1, true), ("no %q in\n%s"):format(part, text))
  return text
end

function memoization.passes(result)
  assert.equal("pass", result.status, result.detail)
  return result.detail
end

return memoization
