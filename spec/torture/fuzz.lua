--- Each target of spec/fuzz for a while, two at once. What is new stays in build/fuzz/grown, from
--- one run to the next; inputs that fail are in build/fuzz/found.

local shell = require("spec.torture.shell")

local TARGETS <const> = {
  "arguments", "fetch", "graph", "hashset", "memo", "message", "parcel", "profile",
}
local AT_ONCE <const> = 2
local LINE <const> = "mkdir -p build/fuzz/grown/%s build/fuzz/found && build/fuzz/fuzz/%s"
  .. " -max_total_time=%d -detect_leaks=0 -timeout=60 -rss_limit_mb=2048 -max_len=4096"
  .. " -artifact_prefix=build/fuzz/found/%s- build/fuzz/grown/%s spec/fuzz/corpus/%s"

-- libFuzzer looks for leaks after each input that leaves more than it found, as Lua does; here the
-- leak sanitizer looks once, at the end.
local function start(target, seconds)
  return shell.start((LINE:gsub("%%s", target):format(seconds)))
end

local function finish(target, running, outputs)
  local ok, output = running:finish()
  outputs.runs = outputs.runs + shell.sum(output, "Done (%d+) runs")
  if ok then return end
  outputs[#outputs + 1] = ("%s:\n%s"):format(target, output:sub(-6000))
end

local function run(seconds, rows)
  local outputs, each = { runs = 0 }, math.max(1, seconds * AT_ONCE // #TARGETS)
  for i = 1, #TARGETS, AT_ONCE do
    local running = {}
    for k = i, math.min(i + AT_ONCE - 1, #TARGETS) do running[k] = start(TARGETS[k], each) end
    for k, one in pairs(running) do finish(TARGETS[k], one, outputs) end
  end
  rows[#rows + 1] = {
    what = ("inputs fuzzed, %d targets"):format(#TARGETS),
    figure = outputs.runs,
    ok = #outputs == 0,
    output = table.concat(outputs, "\n"),
  }
end

return { name = "fuzz", share = 0.2, builds = { "fuzz" }, run = run }
