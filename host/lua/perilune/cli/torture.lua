--- perilune torture [PART...] [--minutes N]

local exits = require("perilune.cli.exits")
local files = require("perilune.lab.files")

local torture = { summary = "the long tests, in a checkout: failures, attacks, fuzz, coverage" }

local PARTS <const> = { "allocations", "calls", "attacks", "fuzz", "soaks", "alike", "coverage" }
local NAMED <const> = { "threads", "valgrind" } -- only where they are asked for
local PROGRAM <const> = "spec/torture/all.lua"

local function minutes(text)
  local n = tonumber(text)
  if n and n > 0 and n <= 10000 then return n end
  return nil, ("'%s' is no number of minutes, up to 10,000"):format(text)
end

function torture.define(parser)
  local parts = table.move(NAMED, 1, #NAMED, #PARTS + 1, { table.unpack(PARTS) })
  parser:argument("PART", "What of it (default: all but threads and valgrind)."):target("parts")
    :argname("PART"):args("*"):choices(parts)
  parser:option("--minutes", "How long, without what must be built first (5)."):argname("N")
    :default("5"):show_default(false):convert(minutes)
  parser:epilog("Fails allocations and calls of the system, attacks the sandbox, fuzzes, runs " ..
    "what must last, compares with lua5.4, and counts what the tests cover. Builds in build/, " ..
    "with sanitizers; fuzzing needs clang. The parts `threads` and `valgrind` run specs of the " ..
    "cores under the thread sanitizer and under valgrind (not the pool's), for as long as they " ..
    "take. Ctrl-C ends it with what it has.")
end

function torture.run(args)
  if files.kind(PROGRAM) ~= "file" then
    return nil, "torture needs a checkout of Perilune, and to be started in its folder",
      exits.MISUSE
  end
  package.path = "./?.lua;" .. package.path
  return dofile(PROGRAM)(#args.parts > 0 and args.parts or PARTS, args.minutes)
end

return torture
