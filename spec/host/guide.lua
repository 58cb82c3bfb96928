--- Reads the guide: its blocks of code, its commands and what they print.
local files = require("perilune.lab.files")
local pages = require("spec.cli.pages")

local guide = {}

--- Paths of the pages that tell people what to type.
---@return string[]
function guide.pages()
  local list = { "README.md", "docs/security.md", "docs/embedding.md", "docs/measurements.md" }
  for _, name in ipairs(assert(files.list("docs/guide"))) do
    list[#list + 1] = "docs/guide/" .. name
  end
  return list
end

---@class GuideBlock
---@field language string "" where there is none
---@field indent integer
---@field lines string[]

--- A page's blocks of code, indented or not, in their order.
---@param path string
---@return GuideBlock[]
function guide.blocks(path)
  local blocks, block = {}, nil
  for line in pages.read(path):gmatch("([^\n]*)\n") do
    local indent, language = line:match("^( *)```(%l*)$")
    if block and indent then
      block = nil
    elseif indent then
      block = { language = language, indent = #indent, lines = {} }
      blocks[#blocks + 1] = block
    elseif block then
      block.lines[#block.lines + 1] = line:sub(block.indent + 1)
    end
  end
  return blocks
end

--- The file that a block is, from its first line: `-- words.lua`, `/* checksum.c */`.
---@param block GuideBlock
---@return string?
function guide.file_of(block)
  return (block.lines[1] or ""):match("^%-%- (%S+%.%l+)$")
    or (block.lines[1] or ""):match("^/%* (%S+%.%l+) %*/$")
end

---@class GuideCommand
---@field line string which may have several lines
---@field shown string[] lines that it prints

--- Each command with the lines that it prints.
---@param block GuideBlock
---@return GuideCommand[]
function guide.commands(block)
  local list, open = {}, false
  for _, line in ipairs(block.lines) do
    if line:sub(1, 2) == "$ " then
      list[#list + 1] = { line = line:sub(3), shown = {} }
    elseif open then
      list[#list].line = list[#list].line .. "\n" .. line
    elseif line ~= "..." and line ~= "" then
      table.insert(list[#list].shown, line)
    end
    open = #list > 0 and list[#list].line:sub(-1) == "\\"
  end
  return list
end

return guide
