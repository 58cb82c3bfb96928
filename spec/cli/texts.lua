--- Texts that the specs of commands look into.
local assert = require("luassert")
local files = require("perilune.lab.files")

local texts = {}

--- Asserts that a text has each of the parts.
---@param text string
---@param ... string
function texts.has(text, ...)
  for _, part in ipairs({ ... }) do
    assert.truthy(text:find(part, 1, true), ("no %q in\n%s"):format(part, text))
  end
end

--- The -e arguments of each command that an exercise's page shows; some go over several lines.
---@param folder string the exercise's
---@return string[][]
function texts.commands(folder)
  local list = {}
  for block in files.read(folder .. "/README.md"):gmatch("\n   ```\n(.-)\n   ```") do
    local arguments = {}
    for text in block:gmatch("%-e '(.-)'") do
      table.move({ "-e", text }, 1, 2, #arguments + 1, arguments)
    end
    list[#list + 1] = arguments
  end
  return list
end

--- Puts an exercise's reference files in the place of the student's own.
---@param folder string the exercise's
---@param own string the student's
---@param ... string names
function texts.solve(folder, own, ...)
  for _, name in ipairs({ ... }) do
    assert(files.write(own .. "/" .. name, assert(files.read(folder .. "/reference/" .. name))))
  end
end

return texts
