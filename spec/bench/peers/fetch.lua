--- fetch.lua's work with perilune's fetch: fetch.lua native|script each|all URL N CONCURRENCY
---
--- Gets URL/1 to URL/N, so many at once. `each` counts the bodies' bytes and keeps none, `all` has
--- them in a list. Prints JSON: seconds in all, those of the processor for one, and the most memory
--- that was resident, in bytes.
local clock = require("perilune.clock")
local json = require("dkjson")

local FETCHES <const> = {
  native = function() return require("perilune.native.fetch") end,
  script = function() return require("perilune.script.fetch") end,
}

local ways = {}

local function count(counts, result)
  counts.ok = counts.ok + (result.ok and 1 or 0)
  counts.bytes = counts.bytes + result.bytes
end

function ways.each(fetch, urls, options, counts)
  for result in fetch.each(urls, options) do count(counts, result) end
end

function ways.all(fetch, urls, options, counts)
  for _, result in ipairs(fetch.all(urls, options)) do count(counts, result) end
end

local function urls_of(base, n)
  local urls = {}
  for i = 1, n do urls[i] = base .. "/" .. i end
  return urls
end

local function most_resident()
  for line in io.lines("/proc/self/status") do
    local kilobytes = line:match("^VmHWM:%s*(%d+)")
    if kilobytes then return tonumber(kilobytes) * 1024 end
  end
end

local kind, way, base, n, concurrency = table.unpack(arg)
n = math.tointeger(n)
local fetch, counts = FETCHES[kind](), { ok = 0, bytes = 0 }
local cpu, wall = clock.cpu(), clock.now()
ways[way](fetch, urls_of(base, n), { concurrency = math.tointeger(concurrency) }, counts)
cpu, wall = clock.cpu() - cpu, clock.now() - wall
assert(counts.ok == n, counts.ok)
print(json.encode { wall = wall, cpu = cpu / n, rss = most_resident(), rate = n / wall })
