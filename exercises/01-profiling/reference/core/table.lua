--- As fast_script.lua does it: asks a table.

local function without_repeats(list)
  local kept, seen = {}, {}
  for _, value in ipairs(list) do
    if not seen[value] then
      seen[value] = true
      kept[#kept + 1] = value
    end
  end
  return kept
end

return { without_repeats = without_repeats }
