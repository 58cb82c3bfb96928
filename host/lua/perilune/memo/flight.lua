--- Calls under way in coroutines: who asks for what another coroutine is working out waits for it.
---
--- Only a call that could yield is a flight: of others nobody sees anything before they return. A
--- flight lives in its owner's frame and nowhere else, so that a coroutine that is abandoned in the
--- midst of one takes it along: those who wait refer to it weakly.

local trie = require("perilune.memo.trie")

local flight = {}

local KEYS_AND_VALUES <const> = { __mode = "kv" }

---@class perilune.memo.Flight
---@field owner thread
---@field flights table<any, perilune.memo.Flight> where it stands,
---@field key any under this key
---@field done? boolean
---@field waiters? table[] each gets the `results`, packed

-- Coroutine -> its Wait.
local waiting = setmetatable({}, { __mode = "k" })

local Flight = {}

function Flight:__close()
  self.done = true
  if self.flights[self.key] == self then self.flights[self.key] = nil end
end

local function is_over(self)
  return not self or self.done or coroutine.status(self.owner) == "dead"
end

-- Would the running coroutine wait for itself, through those that wait for others? A `wait` hook
-- may wait in its turn, so that a coroutine can wait for several: all count, so no circle comes up.
local function is_circle(self, me)
  if is_over(self) then return false end
  if self.owner == me then return true end
  local wait = waiting[self.owner]
  while wait do
    if is_circle(wait.reference[1], me) then return true end
    wait = wait.before
  end
  return false
end

-- An owner whose status is "normal" has resumed, in the end, the one that runs.
local function can_wait(self, me)
  return coroutine.status(self.owner) == "suspended" and not is_circle(self, me)
end

local function yield_until(is_done)
  repeat coroutine.yield() until is_done()
end

---@class perilune.memo.Wait
---@field me thread
---@field reference table weak, to the flight that it waits for
---@field before? perilune.memo.Wait in which this one began
local Wait = {}

function Wait:__close()
  waiting[self.me] = self.before
end

local function await(reference, me, wait)
  local self <close> = setmetatable(
    { me = me, reference = reference, before = waiting[me] }, Wait)
  waiting[me] = self
  wait(function() return is_over(reference[1]) end)
end

-- Returns what to wait with: the flight itself must not be in the waiting coroutine's frames.
local function board(self)
  local waiter = {}
  self.waiters = self.waiters or {}
  table.insert(self.waiters, waiter)
  return trie.weak_reference(self), waiter
end

local function finish(self, ...)
  if self.waiters then
    local results = table.pack(...)
    for _, waiter in ipairs(self.waiters) do waiter.results = results end
  end
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
  local flights, tree -- made when they are needed
  local wait = settings.wait or yield_until

  local function key_of(path)
    local value = path[1]
    if path.n == 1 and not (settings.typed and math.type(value) == "float") then
      return trie.label_of(value)
    end
    tree = tree or trie.new(settings.typed, "kv")
    return trie.make(tree, path)
  end

  local function fly(key, me, path, ...)
    local self <close> = setmetatable({ owner = me, flights = flights, key = key }, Flight)
    flights[key] = self
    return finish(self, calls.call(path, ...))
  end

  local function join(key, me, path, ...)
    local reference, waiter = board(flights[key])
    await(reference, me, wait)
    local results = waiter.results
    if results then
      calls.joined()
      return table.unpack(results, 1, results.n)
    elseif is_over(reference[1]) then
      return calls.retry(path, ...)
    end
    return calls.call(path, ...)
  end

  return function(path, ...)
    flights = flights or setmetatable({}, KEYS_AND_VALUES)
    local key, me = key_of(path), coroutine.running()
    local self = flights[key]
    if is_over(self) then return fly(key, me, path, ...) end
    if can_wait(self, me) then return join(key, me, path, ...) end
    return calls.call(path, ...)
  end
end

return flight
