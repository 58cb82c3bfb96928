local policies = require("spec.bench.policies")

local function random_trace(length, items)
  local ids = {}
  for i = 1, length do ids[i] = math.random(items) end
  return ids
end

-- The most hits, by trying every victim at every miss.
local function best(ids, size, i, cached)
  local id = ids[i]
  if not id then return 0 end
  for _, other in ipairs(cached) do
    if other == id then return 1 + best(ids, size, i + 1, cached) end
  end
  if #cached < size then
    return best(ids, size, i + 1, { id, table.unpack(cached) })
  end
  local most = 0
  for victim = 1, size do
    local others = table.move(cached, 1, size, 1, {})
    others[victim] = id
    most = math.max(most, best(ids, size, i + 1, others))
  end
  return most
end

local function plain_fifo(ids, size)
  local queue, hits = {}, 0
  for _, id in ipairs(ids) do
    local found = false
    for _, other in ipairs(queue) do found = found or other == id end
    if found then
      hits = hits + 1
    else
      table.insert(queue, id)
      if #queue > size then table.remove(queue, 1) end
    end
  end
  return hits
end

describe("the optimum", function()
  it("is what trying every victim finds", function()
    local seed = os.time()
    math.randomseed(seed)
    for _ = 1, 300 do
      local ids, size = random_trace(math.random(0, 12), math.random(5)), math.random(3)
      assert.equal(best(ids, size, 1, {}), policies.optimum(ids, size),
        ("seed %d, size %d: %s"):format(seed, size, table.concat(ids, " ")))
    end
  end)

  it("is Belady's own count on a known string of pages", function()
    -- Silberschatz et al., Operating System Concepts, section 10.4: 9 faults in 3 frames.
    local pages = { 7, 10, 1, 2, 10, 3, 10, 4, 2, 3, 10, 3, 2, 1, 2, 10, 1, 7, 10, 1 }
    assert.equal(#pages - 9, policies.optimum(pages, 3))
    assert.equal(#pages - 15, policies.fifo(pages, 3))
  end)

  it("hits all but the first accesses where all fits", function()
    local ids = { 1, 2, 3, 1, 2, 3, 3 }
    assert.equal(4, policies.optimum(ids, 3))
    assert.equal(4, policies.optimum(ids, 1000))
  end)

  it("is nothing in an empty trace", function()
    assert.equal(0, policies.optimum({}, 1))
  end)
end)

describe("first in, first out", function()
  it("is what a plain queue does", function()
    local seed = os.time()
    math.randomseed(seed)
    for _ = 1, 100 do
      local ids, size = random_trace(math.random(0, 200), math.random(30)), math.random(12)
      assert.equal(plain_fifo(ids, size), policies.fifo(ids, size), "seed " .. seed)
    end
  end)
end)
