--- Bytes as they come in, taken in the portions that a reader needs.

local concat <const>, find <const>, sub <const> = table.concat, string.find, string.sub

---@class perilune.serve.Input
---@field text string what has come and has not been taken
---@field ended? boolean nothing more will come
---@field wait fun() comes back when more has been pushed, or the end has been reached
local Input = {}
Input.__index = Input

local input = {}

---@param wait fun()
---@return perilune.serve.Input
function input.new(wait)
  return setmetatable({ text = "", wait = wait }, Input)
end

---@param chunk string
function Input:push(chunk)
  self.text = self.text == "" and chunk or self.text .. chunk
end

---@return boolean whether more has come
function Input:more()
  local before = #self.text
  while not self.ended and #self.text == before do self.wait() end
  return #self.text > before
end

--- Takes what is there already.
---@param count integer at most #text
---@return string
function Input:cut(count)
  local text = self.text
  if count == #text then
    self.text = ""
    return text
  end
  self.text = sub(text, count + 1)
  return sub(text, 1, count)
end

---@param count integer
---@return string? bytes nil where the input ends before
function Input:take(count)
  local parts = {}
  while count > 0 do
    if self.text == "" and not self:more() then return nil end
    local part = self:cut(math.min(count, #self.text))
    parts[#parts + 1] = part
    count = count - #part
  end
  return concat(parts)
end

--- Takes all that stands before a mark, and the mark.
---@param mark string
---@param most integer bytes
---@return string? text without the mark; nil where the input ends before, or is longer
---@return boolean? longer
function Input:through(mark, most)
  local from = 1
  while true do
    local first = find(self.text, mark, from, true)
    if (first or #self.text) > most then return nil, true end
    if first then return sub(self:cut(first - 1 + #mark), 1, first - 1) end
    from = math.max(1, #self.text - #mark + 2)
    if not self:more() then return nil end
  end
end

return input
