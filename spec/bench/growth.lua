--- The time and the memory that a set of random integers takes, by the member, as it grows: of
--- perilune.hashset, from a list and from perilune.ints, beside a Lua table, Python's set and
--- Node's Set.
---
---     growth.lua [--largest N] [--json FILE]
---
--- Every set is built in a process of its own, one after the other. 50,000,000 members, the largest
--- by default, take some 5 GB for a while. Sizes are dense from 100,000 to 1,000,000, to show how
--- tables double.
local json = require("dkjson")
local report = require("spec.bench.report")
local uv = require("luv")

local PEERS <const> = "spec/bench/peers/growth."
local OURS <const> = ("'%s' %slua "):format(uv.exepath():gsub("'", "'\\''"), PEERS)
local WAYS <const> = {
  { name = "native", command = OURS .. "list" },
  { name = "ints", command = OURS .. "ints" },
  { name = "table", command = OURS .. "table" },
  { name = "python", command = "python3 " .. PEERS .. "py", needs = "python3" },
  {
    name = "node", command = "node --expose-gc " .. PEERS .. "mjs", needs = "node",
    most = 1 << 24, -- members of a Set
  },
}
local DENSE <const> = 16

local function sizes(largest)
  local all = { 1000, 2000, 5000, 10000, 20000, 50000 }
  for i = 0, DENSE do all[#all + 1] = math.floor(1e5 * 10 ^ (i / DENSE) + 0.5) end
  for _, size in ipairs { 2e6, 3e6, 5e6, 10e6, 16e6, 20e6, 50e6 } do
    all[#all + 1] = math.tointeger(size)
  end
  while all[#all] and all[#all] > largest do all[#all] = nil end
  return all
end

local function present(way)
  return not way.needs or os.execute(way.needs .. " --version >/dev/null 2>&1")
end

local function measure(way, n)
  if n > (way.most or n) then return nil end
  local pipe = assert(io.popen(("%s %d"):format(way.command, n)))
  local figures = json.decode(pipe:read("a"))
  assert(pipe:close(), way.command .. " failed")
  return figures
end

local function row_text(row)
  local text = ("%9d"):format(row.size)
  for _, figure in ipairs { "nanoseconds", "bytes" } do
    for _, way in ipairs(WAYS) do
      local measured = row[way.name]
      text = text .. (measured and ("%8.1f"):format(measured[figure]) or ("%8s"):format("-"))
    end
  end
  return text
end

local function head_text()
  local text = ""
  for _, way in ipairs(WAYS) do text = text .. ("%8s"):format(way.name) end
  local top = ("%9s  %-40s%s\n"):format("", "ns a member", "bytes a member")
  return top .. ("%9s%s%s"):format("members", text, text)
end

local function main(options)
  local ways, rows = {}, {}
  for _, way in ipairs(WAYS) do ways[#ways + 1] = present(way) and way or nil end
  print(head_text())
  for i, size in ipairs(sizes(options.largest)) do
    rows[i] = { size = size }
    for _, way in ipairs(ways) do rows[i][way.name] = measure(way, size) end
    print(row_text(rows[i]))
  end
  report.write(options.json, { sizes = rows })
end

main(report.options(arg, { largest = 50000000 }, "growth.lua [--largest N]"))
