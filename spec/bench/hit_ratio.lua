--- The hit ratios of perilune.memo's policies beside first in, first out and the optimum, on a Zipf
--- trace and the three in spec/bench/traces/.
---
---     hit_ratio.lua [--json FILE]
---
--- Sizes are shares of a trace's distinct ids. The script and the native version must have the same
--- hits.
local policies = require("spec.bench.policies")
local report = require("spec.bench.report")
local trace = require("spec.bench.trace")

local VERSIONS <const> = {
  script = require("perilune.script.memo"),
  native = require("perilune.native.memo"),
}
local SHARES <const> = { 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5 }
local COLUMNS <const> = { "fifo", "lru", "sieve", "optimum" }
local TRACES <const> = {
  { "Zipf, exponent 1", trace.zipf, 300000, 100000, 1.0, 7 },
  { "A clean build: files opened", trace.read, "spec/bench/traces/build.gz" },
  { "A test run: lines of Lua", trace.read, "spec/bench/traces/lines.gz" },
  { "A test run: lines of memory", trace.read, "spec/bench/traces/memory.gz" },
}

local function identity(id) return id end

local function hits_of(version, policy, ids, size)
  local memo = VERSIONS[version]
  local f = memo.wrap(identity, { maxsize = size, policy = policy })
  for _, id in ipairs(ids) do f(id) end
  local info = memo.cache(f):info()
  assert(info.hits + info.misses == #ids, version .. " has lost calls")
  return info.hits
end

local function hits_of_memo(policy, ids, size)
  local script, native = hits_of("script", policy, ids, size), hits_of("native", policy, ids, size)
  assert(script == native, ("%s, %d entries: %d hits in script, %d in native"):format(policy, size,
    script, native))
  return native
end

local function measure(ids, size, share)
  return {
    size = size,
    share = share,
    fifo = policies.fifo(ids, size) / #ids,
    lru = hits_of_memo("lru", ids, size) / #ids,
    sieve = hits_of_memo("sieve", ids, size) / #ids,
    optimum = policies.optimum(ids, size) / #ids,
  }
end

local function measure_all(title, ids, distinct)
  local points = {}
  for i, share in ipairs(SHARES) do
    points[i] = measure(ids, math.max(1, math.floor(share * distinct)), share)
  end
  return { title = title, accesses = #ids, distinct = distinct, points = points }
end

local function print_trace(figures)
  print(("%s: %d accesses, %d distinct"):format(figures.title, figures.accesses, figures.distinct))
  print("   share   size     FIFO      LRU    SIEVE  optimum")
  for _, point in ipairs(figures.points) do
    local row = ("  %5.1f%% %6d"):format(100 * point.share, point.size)
    for _, column in ipairs(COLUMNS) do row = row .. ("  %6.2f%%"):format(100 * point[column]) end
    print(row)
  end
end

local function main(options)
  local all = {}
  for i, source in ipairs(TRACES) do
    all[i] = measure_all(source[1], source[2](table.unpack(source, 3)))
    print_trace(all[i])
  end
  report.write(options.json, { traces = all })
end

main(report.options(arg, {}, "hit_ratio.lua"))
