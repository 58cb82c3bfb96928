--- Recordings of each mode: a profile is right, or memory has run out. Nothing is left of one that
--- could not be ended.
package.path = "host/lua/?.lua;" .. package.path
local recorder = require("perilune.recorder")

local LEAF <const> = debug.getinfo(1, "l").currentline + 1
local function leaf() return { {} } end

local function body()
  local _ <close> = recorder.zone("zone")
  coroutine.yield(leaf())
  leaf()
end

local function program()
  local zone = recorder.zone("never closed")
  local go_on = coroutine.wrap(body)
  go_on()
  pcall(error, {})
  assert(load("return 1"))()
  debug.sethook(leaf, "l")
  debug.sethook()
  go_on()
  collectgarbage("step")
  return zone
end

-- A name may be lost, where memory runs out; a function is not.
local function calls_at(raw, line)
  local calls = 0
  for i, fn in ipairs(raw.nodes["function"]) do
    if raw.functions[fn].line == line then calls = calls + raw.nodes.calls[i] end
  end
  return calls
end

-- Memory that runs out is an error in Lua, and a reason that is returned where C's is meant.
local function start(mode)
  local ok, message = recorder.start({ mode = mode })
  if not ok then error("not enough memory: " .. message, 0) end
end

for _, mode in ipairs({ "calls", "sample", "lines", "memory" }) do
  assert(recorder.running() == nil)
  start(mode)
  assert(recorder.running() == mode)
  program()
  local raw = recorder.stop()
  assert(raw.mode == mode and raw.format == "perilune-profile")
  local whole = #raw.notes == 0
  assert(whole or raw.notes[1]:find("memory ran out", 1, true), raw.notes[1])
  assert(mode == "sample" or not whole or calls_at(raw, LEAF) >= 2)
end

-- One that runs when the state ends.
start("memory")
program()
