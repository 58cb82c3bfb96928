--- The timers and queues of perilune.async against plain lists, in random operations. PERILUNE_SEED
--- repeats a run whose seed a failure has named.
local queue = require("perilune.async.queue")
local timers = require("perilune.async.timers")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local STEPS <const> = SANITIZED and 4000 or 40000
local LATEST <const> = 50

local function seeded() return ("PERILUNE_SEED=%d"):format(SEED) end

-- The model of timers: a list in the order of their calls.
local function insert(list, item)
  local place = #list + 1
  while place > 1 and list[place - 1].due > item.due do place = place - 1 end
  table.insert(list, place, item)
end

local function remove(list, item)
  for i, other in ipairs(list) do
    if other == item then return table.remove(list, i) end
  end
end

describe("timers", function()
  it("are called in the order of time, then of age", function()
    math.randomseed(SEED)
    local heap, model, called, everything = timers.new(), {}, {}, {}
    for step = 1, STEPS do
      local what = math.random(10)
      if what <= 6 then
        local item = { due = math.random(LATEST) }
        item.timer = heap:add(item.due, function() called[#called + 1] = item end)
        insert(model, item)
        everything[#everything % 100 + 1] = item
      elseif what <= 8 and #everything > 0 then
        local item = everything[math.random(#everything)]
        heap:remove(item.timer)
        remove(model, item)
      elseif what == 9 and step % 3 == 0 then
        called = {}
        local now = math.random(LATEST)
        heap:fire(now)
        for _, item in ipairs(called) do
          assert(item == table.remove(model, 1) and item.due <= now, seeded())
        end
      end
      assert(heap:next() == (model[1] and model[1].due), seeded())
      if step % 1000 == 0 then assert.equal(#model, #heap, seeded()) end
    end
  end)

  it("may be added and removed by one that is called", function()
    local heap, called = timers.new(), {}
    local second
    heap:add(1, function()
      called[#called + 1] = "first"
      heap:remove(second)
      heap:add(1, function() called[#called + 1] = "third" end)
    end)
    second = heap:add(2, function() called[#called + 1] = "second" end)
    heap:fire(2)
    assert.same({ "first", "third" }, called)
    assert.is_nil(heap:next())
  end)
end)

describe("a queue", function()
  it("gives items in the order in which they came", function()
    math.randomseed(SEED)
    local line, model, places = queue.new(), {}, {}
    for step = 1, STEPS do
      local what = math.random(5)
      if what <= 2 then
        model[#model + 1] = { step }
        places[model[#model]] = line:push(model[#model])
      elseif what == 3 and #model > 0 then
        local item = table.remove(model, math.random(#model))
        line:remove(places[item], item)
        line:remove(places[item], item)
      else
        assert(line:pop() == table.remove(model, 1), seeded())
      end
      assert(#model == 0 or not line:is_empty(), seeded())
    end
  end)
end)
