--- Times the memory tracker beside a state that nobody watches, and Python's tracemalloc beside
--- Python.
---
---     heap.lua [--rounds N] [--size N] [--json FILE]
---
--- Each round runs the work once in each way, in turn, in a process of its own. `bare` is a host
--- with the allocator that luaL_newstate gives a state. `ratio` is the median of the ratios of
--- processor time within a round, `best` the ratio of the least times: of a machine that others use
--- it tells more.
local report = require("spec.bench.report")
local statistics = require("perilune.statistics")
local turns = require("spec.bench.turns")
local uv = require("luv")

local FOLDER <const> = uv.exepath():match("^(.*)/")
local SCRIPT <const> = "spec/bench/peers/heap.lua"
local WAYS <const> = { "bare", "count", "sampled", "exact", "stacks" }
local WORK <const> = { "allocate", "compute" }
local TARGETS <const> = {
  allocate = { count = 1.03, sampled = 1.05, exact = 1.4 }, compute = { exact = 2 },
}

local quoted = require("perilune.shell").quoted

local function output_of(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read("a")
end

--- Seconds, and bytes of the tracker's own for each live block.
local function run(work, way, size)
  local program = FOLDER .. (way == "bare" and "/spec/bare" or "/perilune")
  local output = output_of(("%s %s %s %s %d"):format(quoted(program), SCRIPT, work, way, size))
  local seconds, cost, blocks = output:match("^(%S+)\n?(%S*) ?(%S*)")
  return assert(tonumber(seconds), program .. " failed"),
    tonumber(cost) and tonumber(cost) / tonumber(blocks)
end

local function add(lists, name, value)
  lists[name] = lists[name] or {}
  table.insert(lists[name], value)
end

local function add_round(figures, size)
  for _, work in ipairs(WORK) do
    local seconds, n = {}, work == "compute" and size // 5 or size
    for _, way in ipairs(WAYS) do
      local cost
      seconds[way], cost = run(work, way, n)
      add(figures[work], way, seconds[way] / seconds.bare)
      local least = figures.least[work]
      least[way] = math.min(least[way] or math.huge, seconds[way])
      if cost and work == "allocate" then add(figures.bytes, way, cost) end
    end
  end
  local peer = require("dkjson").decode(
    output_of(("python3 spec/bench/peers/heap.py %d 2>/dev/null"):format(size)))
  for name, value in pairs(peer or {}) do add(figures.tracemalloc, name, value) end
end

local function settle(figures)
  for _, part in ipairs({ "allocate", "compute", "bytes", "tracemalloc" }) do
    for name, values in pairs(figures[part]) do
      figures[part][name] = statistics.median(values)
    end
  end
end

local function print_work(figures, work)
  local peer = figures.tracemalloc
  local peers = work == "allocate" and { exact = peer.line, stacks = peer.stacks }
    or { exact = peer.compute }
  local least = figures.least[work]
  print(("\n%-10s%10s%10s%10s%13s"):format(work, "ratio", "best", "target", "tracemalloc"))
  for _, way in ipairs(WAYS) do
    print(("%-10s"):format(way) .. turns.cell("%9.3fx", figures[work][way])
      .. turns.cell("%9.3fx", least[way] / least.bare)
      .. turns.cell("%9.2fx", TARGETS[work][way]) .. turns.cell("%12.2fx", peers[way]))
  end
  print(("bare takes %.1f ms at best"):format(least.bare * 1e3))
end

local LABEL <const> = 8 -- before each block that is tracked; of samples there are few

local function print_bytes(figures)
  print(("\n%-14s%16s"):format("", "bytes a block"))
  print(("%-14s"):format("exact") .. turns.cell("%16.2f", figures.bytes.exact + LABEL))
  print(("%-14s"):format("sampled") .. turns.cell("%16.2f", figures.bytes.sampled))
  print(("%-14s"):format("tracemalloc") .. turns.cell("%16.2f", figures.tracemalloc.bytes))
end

local function main(options)
  local figures = { allocate = {}, compute = {}, bytes = {}, tracemalloc = {},
    least = { allocate = {}, compute = {} } }
  for _ = 1, options.rounds do add_round(figures, options.size) end
  settle(figures)
  for _, work in ipairs(WORK) do print_work(figures, work) end
  print_bytes(figures)
  report.write(options.json, { rounds = options.rounds, size = options.size, figures = figures })
end

main(report.options(arg, { rounds = 11, size = 100000 }, "heap.lua [--rounds N] [--size N]"))
