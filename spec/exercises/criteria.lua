--- An exercise's criteria, one by one, on solutions that are given as text.
local assert = require("luassert")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local manifest = require("perilune.lab.manifest")

---@class Criteria
---@field folder string
---@field reference string
---@field exercise Exercise
---@field seed integer
local Criteria = { seed = 0x7f3a }
Criteria.__index = Criteria

local criteria = {}

---@param number integer
---@param name string
---@return Criteria
function criteria.of(number, name)
  local id = ("%02d-%s"):format(number, name)
  local folder = exercises .. "/" .. id
  local entry = { number = number, name = name, id = id, folder = folder }
  return setmetatable({
    folder = folder, reference = folder .. "/reference", exercise = manifest.load(entry),
  }, Criteria)
end

--- The exercise with one of its criteria, which waits for no other.
function Criteria:only(name)
  local alone = setmetatable({ checks = {} }, { __index = self.exercise })
  for _, check in ipairs(self.exercise.checks) do
    if check.name == name then
      alone.checks[1] = setmetatable({ needs = {} }, { __index = check })
    end
  end
  return assert(alone.checks[1] and alone, name)
end

--- A folder for the solutions of a test.
function Criteria:open() self.scratch = assert(files.scratch()) end

function Criteria:close() files.remove_tree(self.scratch) end

---@return string path
function Criteria:write(name, text)
  local path = self.scratch .. "/" .. name
  assert(files.write(path, text))
  return path
end

--- The result of one criterion for a solution that is given as text.
function Criteria:judge_text(name, text)
  local path = self:write("solution.lua", text)
  return judge.run(self:only(name), path, { seed = self.seed }).results[1]
end

--- One result of a report.
function criteria.named(judged, name)
  for _, result in ipairs(judged.results) do
    if result.name == name then return result end
  end
end

---@return string text all that the student reads of the result
function criteria.fails(part, result)
  local text = table.concat({ result.detail, table.unpack(result.notes or {}) }, "\n")
  assert.equal("fail", result.status, text)
  assert.truthy(text:find(part, 1, true), ("no %q in\n%s"):format(part, text))
  return text
end

---@return string detail
function criteria.passes(result)
  assert.equal("pass", result.status, result.detail)
  return result.detail
end

return criteria
