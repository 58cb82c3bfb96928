--- naive.lua as the judge gives it to a solution: the same function, which also writes down each of
--- its calls, with the process that made it. Workers load this file too, so it takes nothing from
--- whoever loads it; the calls go to a file in the folder where all of them run.

local clock = require("perilune.clock")

local _, path = ...
local factor = dofile(path:match("^(.*/)") .. "../../naive.lua").compute_prime_factors
local now, cpu, open = clock.now, clock.cpu, io.open

local function process()
  local file <close> = assert(open("/proc/self/stat"))
  return file:read("n")
end

--- One line a call, in one write: those of several processes do not mix.
local function note(...)
  local file <close> = assert(open("calls", "a"))
  file:write(("%d %d %.9f %.9f %.9f\n"):format(...))
end

---@param n integer
---@return integer[]
local function compute_prime_factors(n)
  local began, spent = now(), cpu()
  local factors = factor(n)
  note(process(), n, began, now(), cpu() - spent)
  return factors
end

return { compute_prime_factors = compute_prime_factors }
