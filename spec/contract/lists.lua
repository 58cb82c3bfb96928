--- Lists that the contract specs make and compare.
local lists = {}

--- The members or items in an order of their own, whatever their types.
function lists.sorted(list)
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy, function(a, b)
    if math.type(a) and math.type(b) then return a < b end
    return math.type(a) ~= nil or not math.type(b) and tostring(a) < tostring(b)
  end)
  return copy
end

function lists.range(first, last)
  local list = {}
  for i = first, last do list[#list + 1] = i end
  return list
end

return lists
