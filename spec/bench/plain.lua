--- What one writes in Lua without a library: the sets of the benchmarks' other side.
local plain = {}

function plain.naive_duplicates(list)
  local found = {}
  for i = 1, #list do
    for j = i + 1, #list do
      if list[i] == list[j] then
        found[#found + 1] = list[i]
        break
      end
    end
  end
  return found
end

function plain.duplicates(list)
  local seen, found = {}, {}
  for _, item in ipairs(list) do
    if seen[item] == nil then
      seen[item] = false
    elseif seen[item] == false then
      seen[item] = true
      found[#found + 1] = item
    end
  end
  return found
end

--- The same by somebody who has timed it: no iterator, no length asked for again.
function plain.tuned_duplicates(list)
  local seen, found, n = {}, {}, 0
  for i = 1, #list do
    local item = list[i]
    local state = seen[item]
    if state == nil then
      seen[item] = 1
    elseif state == 1 then
      seen[item] = 2
      n = n + 1
      found[n] = item
    end
  end
  return found
end

function plain.new(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

function plain.union(a, b)
  local set = {}
  for item in pairs(a) do set[item] = true end
  for item in pairs(b) do set[item] = true end
  return set
end

function plain.intersection(a, b)
  local set = {}
  for item in pairs(a) do
    if b[item] then set[item] = true end
  end
  return set
end

function plain.difference(a, b)
  local set = {}
  for item in pairs(a) do
    if not b[item] then set[item] = true end
  end
  return set
end

function plain.symmetric_difference(a, b)
  local set = plain.difference(a, b)
  for item in pairs(b) do
    if not a[item] then set[item] = true end
  end
  return set
end

function plain.subset(a, b)
  for item in pairs(a) do
    if not b[item] then return false end
  end
  return true
end

return plain
