--- Programs that last, two at a time: a pool whose workers are killed, a profile of very many
--- calls, a fetcher and a server that answers wrongly, `watch` while its exercise is saved. Each
--- says itself what is wrong; memory and descriptors stay as they were.

local shell = require("spec.torture.shell")

local PROGRAM <const> = "build/release/perilune"

-- What is run, with an argument for how long: so many a second, cautiously, at least so many.
local SOAKS <const> = {
  { what = "tasks of a pool, a worker killed for each 100", program = "spec/native/pool_soak.lua",
    rate = 3000, least = 1000 },
  { what = "calls recorded", program = "spec/profiler/soak.lua", rate = 4000000, least = 1000000 },
  { what = "wrong answers fetched", program = "spec/fetch/soak.lua", rate = 100, least = 100 },
  { what = "saves watched", program = "spec/cli/watch_soak.lua", rate = 1, least = 10 },
}

local function start(soak, seconds)
  soak.amount = math.max(soak.least, math.floor(seconds * soak.rate))
  return shell.start(("%s %s %d"):format(PROGRAM, soak.program, soak.amount))
end

local function finish(soak, running)
  local ok, output = running:finish()
  local held = output:match("held: ([^\n]*)")
  return {
    what = soak.what,
    figure = held and ("%d; %s"):format(soak.amount, held) or soak.amount,
    ok = ok and held ~= nil,
    output = output,
  }
end

local function run(seconds, rows)
  for i = 1, #SOAKS, 2 do
    local first <close> = start(SOAKS[i], seconds / 2)
    local second <close> = start(SOAKS[i + 1], seconds / 2)
    rows[#rows + 1] = finish(SOAKS[i], first)
    rows[#rows + 1] = finish(SOAKS[i + 1], second)
  end
end

return { name = "soaks", share = 0.1, builds = { "release" }, run = run }
