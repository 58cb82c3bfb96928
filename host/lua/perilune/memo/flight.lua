--- Calls under way in coroutines: who asks for what another coroutine is working out waits for it.
---
--- Only a call that could yield is a flight: of others nobody sees anything before they return. A
--- flight lives in its owner's frame and nowhere else, so that a coroutine that is abandoned in the
--- midst of one takes it along.

local trie = require("perilune.memo.trie")

local flight = {}

---@class perilune.memo.Flight
---@field owner table weak reference to the coroutine
---@field node? perilune.memo.Node where others find it: its `flight` is a weak reference
---@field waiters integer
---@field done boolean
---@field results? table packed: it has succeeded, and somebody waited

-- Coroutine -> the flight that it waits for.
local waiting = setmetatable({}, { __mode = "k" })

local function flight_of(node)
  return node.flight and node.flight[1]
end

local function is_in_use(node)
  return flight_of(node) ~= nil
end

local Flight = {}

function Flight:__close()
  local node = self.node
  self.done = true
  if node and flight_of(node) == self then
    node.flight = nil
    trie.remove(node, is_in_use)
  end
end

local function is_over(self)
  local owner = self.owner[1]
  return self.done or not owner or coroutine.status(owner) == "dead"
end

-- Would the running coroutine wait for itself, through those that wait for others?
local function is_circle(self, me)
  while self do
    local owner = self.owner[1]
    if owner == me then return true end
    if not owner or coroutine.status(owner) ~= "suspended" then return false end
    self = waiting[owner]
  end
  return false
end

-- The owner of a "normal" status has resumed, in the end, the one that runs.
local function can_wait(self, me)
  return coroutine.status(self.owner[1]) == "suspended" and not is_circle(self, me)
end

local function yield_until(is_done)
  repeat coroutine.yield() until is_done()
end

local Wait = {}

function Wait:__close()
  waiting[self.me] = self.before
  self.flight.waiters = self.flight.waiters - 1
end

local function await(self, me, wait)
  local _ <close> = setmetatable({ me = me, before = waiting[me], flight = self }, Wait)
  self.waiters = self.waiters + 1
  waiting[me] = self
  wait(function() return is_over(self) end)
end

local function finish(self, ...)
  if self.waiters > 0 then self.results = table.pack(...) end
  return ...
end

---@class perilune.memo.Calls what a cache does; `path` holds the arguments that are the key, packed
---@field call fun(path: table, ...): any calls the function and keeps its results
---@field retry fun(path: table, ...): any looks again, and calls when need be
---@field joined fun() another's results are taken

--- Gives the function that calls in place of `calls.call`, where the caller could yield.
---@param settings perilune.memo.Settings
---@param calls perilune.memo.Calls
---@return fun(path: table, ...): any
function flight.new(settings, calls)
  local flights -- made when the first one begins
  local wait = settings.wait or yield_until

  local function fly(path, me, ...)
    local self <close> = setmetatable({
      owner = trie.weak_reference(me), waiters = 0, done = false,
    }, Flight)
    local reference = trie.weak_reference(self)
    self.node = trie.make(flights, path)
    self.node.flight = reference
    return finish(self, calls.call(path, ...))
  end

  local function join(self, path, me, ...)
    await(self, me, wait)
    if self.results then
      calls.joined()
      return table.unpack(self.results, 1, self.results.n)
    elseif is_over(self) then
      return calls.retry(path, ...)
    end
    return calls.call(path, ...)
  end

  return function(path, ...)
    flights = flights or trie.new(settings.typed, "k")
    if trie.collected(flights) then trie.prune(flights, is_in_use) end
    local node = trie.find(flights, path.n, table.unpack(path, 1, path.n))
    local self = node and flight_of(node)
    local me = coroutine.running()
    if not self or is_over(self) then return fly(path, me, ...) end
    if can_wait(self, me) then return join(self, path, me, ...) end
    return calls.call(path, ...)
  end
end

return flight
