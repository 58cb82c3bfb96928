--- Caches that only count: what perilune.memo is compared with. Each takes a trace and a size, and
--- gives the number of hits.
local policies = {}

--- Evicts what came in first.
---@param ids integer[]
---@param size integer
---@return integer hits
function policies.fifo(ids, size)
  local ring, position, cached, hits = {}, 0, {}, 0
  for _, id in ipairs(ids) do
    if cached[id] then
      hits = hits + 1
    else
      position = position % size + 1
      local victim = ring[position]
      if victim then cached[victim] = nil end
      ring[position], cached[id] = id, true
    end
  end
  return hits
end

-- A heap of integers, the largest at 1.

local function push(heap, key)
  local i = #heap + 1
  while i > 1 and heap[i // 2] < key do
    heap[i] = heap[i // 2]
    i = i // 2
  end
  heap[i] = key
end

local function pop(heap)
  local n = #heap
  local top, key = heap[1], heap[n]
  heap[n] = nil
  n = n - 1
  local i, child = 1, 2
  while child <= n do
    if child < n and heap[child + 1] > heap[child] then child = child + 1 end
    if heap[child] <= key then break end
    heap[i] = heap[child]
    i, child = child, 2 * child
  end
  if n > 0 then heap[i] = key end
  return top
end

-- For each access the position of the next one to the same id; #ids + id where there is none.
local function next_uses(ids)
  local uses, next_of = {}, {}
  for i = #ids, 1, -1 do
    local id = ids[i]
    uses[i] = next_of[id] or #ids + id
    next_of[id] = i
  end
  return uses
end

--- The most hits that a cache can have which takes in every miss: it evicts what is used again
--- last (Belady, "A study of replacement algorithms for a virtual-storage computer", 1966).
--- O(n log n).
---@param ids integer[] positive
---@param size integer
---@return integer hits
function policies.optimum(ids, size)
  local uses, cached, count, hits = next_uses(ids), {}, 0, 0
  -- The next uses of what is cached. One that has come stays in the heap, but all cached ids have
  -- later ones above it.
  local heap = {}
  for i, id in ipairs(ids) do
    if cached[id] then
      hits = hits + 1
    else
      if count == size then
        local use = pop(heap)
        cached[ids[use] or use - #ids] = nil
      else
        count = count + 1
      end
      cached[id] = true
    end
    push(heap, uses[i])
  end
  return hits
end

return policies
