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
      if step % 1000 == 0 then assert.equal(#model, #heap.heap, seeded()) end
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

-- Whether fn was interrupted: an error at the nth instruction, if it comes so far.
local function interrupted(nth, fn, ...)
  local thread, left = coroutine.create(fn), nth
  debug.sethook(thread, function()
    left = left - 1
    if left == 0 then error("interrupted", 0) end
  end, "", 1)
  local ok, message = coroutine.resume(thread, ...)
  assert(ok or message == "interrupted", message)
  return not ok
end

describe("an error at any instruction of", function()
  local heap, handles, called

  local function add(due)
    handles[due] = heap:add(due, function() called[#called + 1] = due end)
  end

  -- Which of the timers are called; in order, each once.
  local function fired()
    called = {}
    heap:fire(math.huge)
    assert.is_nil(heap:next())
    for i = 2, #called do assert(called[i - 1] < called[i]) end
    return table.concat(called, " ")
  end

  local BEFORE <const> = "2 4 6 8 10 12 14"
  local CHANGES <const> = {
    { "an addition in front", "1 " .. BEFORE, function() add(1) end },
    { "an addition at the end", BEFORE .. " 15", function() add(15) end },
    { "a removal of the first", "4 6 8 10 12 14", function() heap:remove(handles[2]) end },
    { "a removal of one amid them", "2 4 6 8 10 14", function() heap:remove(handles[12]) end },
    { "a removal of the last", "2 4 6 8 12 14", function() heap:remove(handles[10]) end },
  }

  local function begin()
    heap, handles = timers.new(), {}
    for _, due in ipairs({ 2, 12, 4, 14, 6, 8, 10 }) do add(due) end
  end

  for _, case in ipairs(CHANGES) do
    local name, after, change = table.unpack(case)
    it(name .. " loses no other timer", function()
      local nth, again = 0
      repeat
        nth = nth + 1
        begin()
        again = interrupted(nth, change)
        local left = fired()
        assert(left == after or again and left == BEFORE, nth .. ": " .. left)
      until not again
      assert.is_true(nth > 20)
    end)
  end

  it("what mends the heap loses none", function()
    local nth, again = 1
    repeat
      nth = nth + 7
      local second, twice = 0
      repeat
        second = second + 1
        begin()
        again = interrupted(nth, function() heap:remove(handles[2]) end)
        twice = interrupted(second, heap.next, heap)
        local left = fired()
        assert(left == "4 6 8 10 12 14" or again and left == BEFORE,
          nth .. ", " .. second .. ": " .. left)
      until not twice
    until not again
    assert.is_true(nth > 20)
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
