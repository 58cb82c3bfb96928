--- Commands for a POSIX shell.

local shell = {}

---@param text string
---@return string word that stands for it
function shell.quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

---@param words string[]
---@return string command
function shell.command(words)
  local quoted = {}
  for i, word in ipairs(words) do
    quoted[i] = shell.quoted(word)
  end
  return table.concat(quoted, " ")
end

return shell
