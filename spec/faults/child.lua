--- What a judge does with a child: an answer is right, or there is a reason for none. Needs a host.
local child = require("perilune.child")

local SOLUTION <const> = "spec/host/child_solution.lua"
local REASONS <const> = {
  crash = true, data = true, error = true, exit = true, memory = true, missing = true,
  system = true,
}

-- The first result where there is one; else ends the scenario with what is to blame.
local function got(result, message, code)
  if result then return result, message end
  assert(REASONS[code] and type(message) == "string", tostring(code))
  error("cannot start: " .. message, 0)
end

local function ask(one)
  local _, sum = got(one:invoke("add", 20, 22))
  assert(sum == 42)
  assert(select(2, got(one:invoke("same", { 1, { "two" } })))[2][1] == "two")
  got(one:put(100))
  assert(got(one:count("spin")).instructions > 100)
  assert(#one:functions() > 3 and one:output() == "")
  local result, message, code = one:invoke("no such function")
  assert(result == nil and code == "missing" or REASONS[code], message)
end

local one = got(child.start({ file = SOLUTION, cpu = 20, wall = 40 }))
local ok, problem = pcall(ask, one)
one:close()
if not ok then error(problem, 0) end
