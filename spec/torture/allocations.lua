--- Allocations of the native modules fail (spec/faults/oom.c): one in 64, in 32... at last each.

local rounds = require("spec.torture.rounds")
local shell = require("spec.torture.shell")
local sweeps = require("spec.faults.sweeps")

local FIRST_STEP <const> = 64

local function step(round)
  local n = FIRST_STEP >> (round - 1)
  return n > 0 and n or nil
end

local function run(seconds, rows)
  local output, failures = rounds("oom", sweeps.allocations, step, seconds)
  rows[#rows + 1] = {
    what = "allocations failed, native modules",
    figure = shell.sum(output, ": (%d+) allocations"),
    ok = #failures == 0,
    output = table.concat(failures),
  }
end

return { name = "allocations", share = 0.1, builds = { "asan" }, run = run }
