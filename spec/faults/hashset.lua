--- What a program does with sets, short enough to run once for every allocation in it. A call that
--- runs out of memory must leave its set as it was: `unharmed` checks that too.
local hashset = require("perilune.native.hashset")

local function long(i) return ("long"):rep(20) .. i end

local function sound(set)
  local n = 0
  for value in set:iter() do
    n = n + 1
    assert(set:contains(value))
  end
  assert(n == #set, "a set has lost count")
end

-- Calls the function; when it fails the set must be as before, but for memory an error is one.
local function unharmed(set, fn, ...)
  local before = #set
  local ok, message = pcall(fn, ...)
  if not ok then
    assert(#set == before, "a failed call has changed the set")
    sound(set)
    error(message, 0)
  end
end

local set = hashset.new()
local has, add = set:bind()
for i = 1, 20 do
  unharmed(set, add, i)
  unharmed(set, set.add, set, "s" .. i)
  unharmed(set, set.add, set, long(i))
  unharmed(set, set.add, set, { i })
end
assert(has(1) and has("s1") and has(long(1)) and #set == 80)

for i = 1, 20, 3 do
  assert(set:remove(i) and set:remove("s" .. i) and set:remove(long(i)))
end
sound(set)

local other = hashset.new { 2, "s2", long(2), long(99), {}, print, 0.5, true }
local results = { set | other, set & other, set - other, set ~ other, set:copy() }
for _, result in ipairs(results) do sound(result) end
assert(#results[2] == 3 and results[2] <= other and #results[5] == #set)

local list = set:values()
for i = 1, 10 do list[#list + 1] = list[i] end
assert(#hashset.duplicates(list) == 10 and #hashset.unique(list) == #set)
assert(hashset.new(list) == set and not pcall(hashset.new, { 1, 0 / 0 }))

-- Lists with metamethods, that fail too.
local proxy = { __len = function() return 70 end, __index = function(_, i) return long(i % 5) end }
assert(#hashset.new(setmetatable({}, proxy)) == 5)
assert(#hashset.duplicates(setmetatable({}, proxy)) == 5)
proxy.__index = function(_, i) return i < 66 and "s" .. i or error("sorry") end
assert(not pcall(hashset.new, setmetatable({}, proxy)))

-- Lists whose tables nobody else holds: an emergency collection takes them out.
local function of_weak(fn)
  collectgarbage("stop")
  local weak = setmetatable({}, { __mode = "v" })
  for i = 1, 20 do weak[i] = i % 2 == 1 and {} or "s" .. i end
  local ok, result = pcall(fn, weak)
  collectgarbage("restart")
  if ok then return result end
  if not result:find("is nil)", 1, true) then error(result, 0) end
end

local of_items = of_weak(hashset.new)
if of_items then sound(of_items) end
local unique, n = of_weak(hashset.unique) or {}, 0
for _ in pairs(unique) do n = n + 1 end
for i = 1, n do assert(unique[i], "a hole in the list") end

-- Sets in coroutines, in cycles, and cleared.
local walk = coroutine.wrap(function()
  for value in set:iter() do coroutine.yield(value) end
end)
assert(walk() and walk())
set:add(set)
set:add({ set })
other:clear()
other:add(long(1))
assert(tostring(other) == "hashset (1 member)" and other:stats().count == 1)
