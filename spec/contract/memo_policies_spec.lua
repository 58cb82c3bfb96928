--- The hits of perilune.memo's policies, call by call, beside plain versions of them.
--- PERILUNE_SEED repeats a run whose seed a failure has named.
local kinds = require("spec.contract.kinds")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()

-- Each plain version gives a list: was it a hit?
local plain = {}

-- A hit is an id that fewer than `size` others have been used since.
function plain.lru(ids, size)
  local stack, hits = {}, {}
  for i, id in ipairs(ids) do
    local depth = 1
    while stack[depth] and stack[depth] ~= id do depth = depth + 1 end
    hits[i] = stack[depth] ~= nil and depth <= size
    if stack[depth] then table.remove(stack, depth) end
    table.insert(stack, 1, id)
  end
  return hits
end

-- Zhang et al., "SIEVE is simpler than LRU", NSDI '24: the oldest first.
function plain.sieve(ids, size)
  local queue, visited, hand, hits = {}, {}, 1, {}
  for i, id in ipairs(ids) do
    hits[i] = visited[id] ~= nil
    if not hits[i] then
      if #queue == size then
        while visited[queue[hand]] do
          visited[queue[hand]] = false
          hand = hand % size + 1
        end
        visited[table.remove(queue, hand)] = nil
        if hand == size then hand = 1 end
      end
      queue[#queue + 1] = id
    end
    visited[id] = hits[i]
  end
  return hits
end

-- The square makes some ids far more frequent than others.
local function random_trace()
  local ids, items = {}, math.random(1, 60)
  for i = 1, math.random(0, 600) do ids[i] = math.floor(items * math.random() ^ 2) + 1 end
  return ids
end

local function memo_hits(memo, policy, ids, size)
  local called
  local f = memo.wrap(function(id)
    called = true
    return id
  end, { maxsize = size, policy = policy })
  local hits = {}
  for i, id in ipairs(ids) do
    called = false
    assert.equal(id, f(id))
    hits[i] = not called
  end
  return hits
end

for tag, memo in kinds("memo") do
  describe("memo " .. tag, function()
    for _, policy in ipairs { "lru", "sieve" } do
      it(("evicts as a plain %s does, seed %d"):format(policy, SEED), function()
        math.randomseed(SEED)
        for _ = 1, 30 do
          local ids, size = random_trace(), math.random(20)
          assert.same(plain[policy](ids, size), memo_hits(memo, policy, ids, size),
            ("size %d: %s"):format(size, table.concat(ids, " ")))
        end
      end)
    end
  end)
end
