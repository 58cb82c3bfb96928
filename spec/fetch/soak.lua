--- Very many answers that are wrong in ways drawn from a seed, fetched:
---
---     perilune spec/fetch/soak.lua [ANSWERS [SEED]]
---
--- Each gives a result or an error in time, and neither memory nor descriptors grow after the first
--- fifth. Exits with 1 when something is wrong.
package.path = "./?.lua;" .. package.path
local fetch = require("perilune.native.fetch")
local hostile = require("spec.fetch.hostile")
local levels = require("spec.torture.levels")

local ANSWERS <const> = math.tointeger(arg[1] or 10000)
local SEED <const> = math.tointeger(arg[2] or os.time())

local function urls(server, from, to)
  return function()
    from = from + 1
    if from <= to then return ("%s/random/%d"):format(server.url, SEED + from) end
  end
end

-- How many came, in a session of their own.
local function fetched(server, from, to)
  local n, own <close> = 0, fetch.session({ timeout = 30, max_bytes = 1 << 20 })
  for r in own:each(urls(server, from, to), { concurrency = 20 }) do
    assert(r.ok or fetch.is_error(r.error) and r.error.code ~= "timeout", tostring(r.error))
    n = n + 1
  end
  return n
end

print("seed", SEED)
local server <close> = hostile.start()
local held, count, from = levels.new(), 0, 0
for _, tenths in ipairs({ 2, 3, 5 }) do
  local to = from + ANSWERS * tenths // 10
  count, from = count + fetched(server, from, to), to
  held:note()
end
print(count .. " answers")
assert(held:report())
assert(count == from, "answers are missing")
