--- The nearest of a list of names, for "did you mean".

--- Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`.
local function distance(a, b)
  local before, row = {}, {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local previous = row
    row = { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + cost)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
    before = previous
  end
  return row[#b]
end

---@param text string
---@param names string[]
---@return string? name nil when none is near
return function(text, names)
  local best, least = nil, math.max(1, #text // 3) + 1
  for _, name in ipairs(names) do
    local edits = distance(text, name)
    if edits < least then
      best, least = name, edits
    end
  end
  return best
end
