--- Finalisers of Lua's, which may run wherever memory is asked for, use the set, the store or the
--- engine at work, or are the first to use one, or close the crew. Run in a process of its own,
--- whose small heap is collected at each request for memory: `reentry.lua [REQUEST]`. Prints
--- "sound".
local crews = require("perilune.native.pool.crew")
local hashset = require("perilune.native.hashset")
local memo = require("perilune.native.memo")
local engine = require("perilune.native.fetch.engine")

collectgarbage("incremental", 1, 400, 30) -- a whole cycle at a time, and at once
collectgarbage()

local LONG <const> = ("x"):rep(100)

-- The seed is asked for once: REQUEST says how many requests for memory a finaliser waits then.
local FIRST <const> = math.tointeger(arg[1])

-- Prepares, and calls fn while finalisers run, one of which calls act: that after one request for
-- memory, that after two, and so on.
local function amid(prepare, act, fn)
  for request = FIRST or 1, FIRST or 40 do
    local left, armed = request, true
    local function arm()
      setmetatable({}, { __gc = function()
        left = left - 1
        if left == 0 then act() elseif armed then arm() end
      end })
    end
    prepare()
    arm()
    fn()
    armed = false
  end
end

local function members(set)
  local list = set:values()
  table.sort(list, function(a, b) return tostring(a) < tostring(b) end)
  return list
end

local function assert_members(set, ...)
  local list, wanted = members(set), { ... }
  assert(#list == #wanted and #set == #wanted, "a wrong count")
  for i, value in ipairs(wanted) do assert(list[i] == value, "a wrong member") end
end

local function nothing() end

-- The seed of the state, and the token of a long string: whose comes first stays.
do
  local function use() assert(hashset.new({ LONG .. 1 }):contains(LONG .. 1), "it is missing") end
  amid(nothing, use, use)
end
if FIRST then
  print("sound")
  return
end

-- A set that gets its first object and its room, meanwhile.
do
  local set
  local function prepare() set = hashset.new() end
  amid(prepare, function() set:add(LONG) end, function()
    set:add(LONG)
    assert(set:contains(LONG), "a member is missing")
    assert_members(set, LONG)
  end)
  amid(prepare, function() set:clear() end, function()
    for i = 1, 20 do set:add(LONG .. i) end
    for _, value in ipairs(set:values()) do assert(set:contains(value), "a member is missing") end
  end)
  amid(prepare, function() for i = 1, 100 do set:add(i) end end, function()
    set:add(0)
    assert(#set == 1 or #set == 101, "a wrong count")
    assert(set:contains(0), "a member is missing")
  end)
end

-- A store that gets its first entries, and room for more, meanwhile.
local function call_all(f, keys)
  for _, key in ipairs(keys) do
    assert(f(key)[1] == key, "a wrong result")
    assert(f(key, keys)[1] == key, "a wrong result of two arguments")
  end
end

local function clear(f) memo.cache(f):clear() end

local function clear_and_call(f, keys)
  clear(f)
  call_all(f, keys)
end

local objects, texts = {}, {}
for i = 1, 6 do objects[i], texts[i] = {}, LONG .. i end
for _, options in ipairs({ { maxsize = 4 }, { maxsize = math.huge, ttl = 1000 } }) do
  for _, keys in ipairs({ objects, texts }) do
    for _, act in ipairs({ call_all, clear, clear_and_call }) do
      for _, weak in ipairs({ true, false }) do
        local f
        amid(function()
          f = memo.wrap(function(key) return { key } end,
            { maxsize = options.maxsize, ttl = options.ttl, weak = weak })
        end, function() act(f, keys) end, function() call_all(f, keys) end)
      end
    end
  end
end

-- A crew that is closed while its tasks are sent or its answers are read.
do
  local crew, left
  local function make(i, ...) return { i }, { {} }, ... end

  local function prepare()
    crew, left = assert(crews.new({ workers = 1 })), 3
    assert(crew:start(1))
    assert(crew:send(1, crews.DEFINE, 1, 0, 0, crew:pack("function", make)))
  end

  local function read_all()
    for i = 1, left do crew:task(1, 1, 1, i, i, { LONG .. i }) end
    while left > 0 do
      left = left - crew:drain({})
      if left > 0 then crew:wait(1) end
    end
  end

  amid(prepare, function() crew:close() end, function()
    local ok, message = pcall(read_all)
    assert(ok or message:find("the crew is closed", 1, true), message)
    crew:close()
  end)
end

-- An engine that is closed, or used, while it says why a request is refused.
do
  local one, closed
  local plan = engine.plan("GET", nil, 1, false, {})
  local function prepare() one = assert(engine.new(false, {})) end
  local function refuse()
    local ok, none, message, code = pcall(one.start, one, "http://127.0.0.1:1/", plan, "/dev")
    assert(not ok or none == nil and message == "Is a directory" and code == "file", message)
  end
  local function close()
    one:close()
    assert(not pcall(one.news, one), "it can be used")
  end
  amid(prepare, close, function()
    refuse()
    closed = closed or not one:owned()
  end)
  assert(closed, "it was never closed")
  amid(prepare, refuse, refuse)
  assert(one:owned(), "it is closed")
end

print("sound")
