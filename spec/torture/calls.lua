--- Calls of the system, of libcurl and for memory fail under a host (spec/faults/calls.c), each at
--- one of the times it is made, then at 2, 4...

local rounds = require("spec.torture.rounds")
local shell = require("spec.torture.shell")
local sweeps = require("spec.faults.sweeps")

local function most(round)
  return 1 << (round - 1)
end

local function run(seconds, rows)
  local output, failures = rounds("calls", sweeps.calls, most, seconds)
  local failed = shell.sum(output, "(%d+) calls failed")
  rows[#rows + 1] = {
    what = "calls failed, host and native modules",
    figure = ("%d (%d told of it)"):format(failed, shell.sum(output, "(%d+) told of it")),
    ok = #failures == 0,
    output = table.concat(failures),
  }
end

return { name = "calls", share = 0.2, builds = { "asan" }, run = run }
