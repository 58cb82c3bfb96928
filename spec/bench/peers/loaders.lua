--- fetch.lua's work by programs that make requests: loaders.lua curl|wrk URL N CONCURRENCY
---
--- `curl` is curl -Z, which has 300 under way at most: for more than that there are several of it.
--- They get URL/1 to URL/N. `wrk` knows one address and a time: it gets URL/1 for two seconds.
--- Prints JSON: seconds in all, those of the processor for one, and the most memory that was
--- resident, in bytes, as far as looking every 5 ms shows. Starting curl is counted.
local clock = require("perilune.clock")
local json = require("dkjson")
local uv = require("luv")

local MOST_PARALLEL <const> = 300
local WRK_SECONDS <const> = 2
local LOOK <const> = 5 -- ms

local loaders = {}

local function most_resident(pid)
  local file <close> = io.open(("/proc/%d/status"):format(pid))
  local status = file and file:read("a") or ""
  return tonumber(status:match("VmHWM:%s*(%d+)")) or 0
end

-- Runs commands at once: what they print, seconds in all and of the processor, and bytes.
local function run(commands)
  local pids, most, parts, running = {}, {}, {}, #commands
  local start, cpu, timer = clock.now(), clock.children(), uv.new_timer()
  for i, command in ipairs(commands) do
    local output, process = uv.new_pipe(false), nil
    process, pids[i] = assert(uv.spawn(command[1], { args = table.move(command, 2, #command, 1, {}),
      stdio = { nil, output, 2 } }, function(code, signal)
      assert(code == 0 and signal == 0, command[1])
      process:close()
      running = running - 1
      if running == 0 then timer:close() end
    end))
    output:read_start(function(_, chunk)
      if not chunk then return output:close() end
      parts[#parts + 1] = chunk
    end)
  end
  timer:start(LOOK, LOOK, function()
    for i, pid in ipairs(pids) do most[i] = math.max(most[i] or 0, most_resident(pid)) end
  end)
  uv.run()
  local sum = 0
  for _, kilobytes in pairs(most) do sum = sum + kilobytes end
  return table.concat(parts), { wall = clock.now() - start, cpu = clock.children() - cpu,
    rss = sum * 1024 }
end

local function configuration(url, from, to)
  local lines = {}
  for i = from, to do lines[#lines + 1] = ('url = "%s/%d"\noutput = /dev/null\n'):format(url, i) end
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "w"))
  file:write(table.concat(lines))
  return path
end

function loaders.curl(url, n, concurrency)
  local processes = (concurrency + MOST_PARALLEL - 1) // MOST_PARALLEL
  local commands, paths = {}, {}
  for i = 1, processes do
    paths[i] = configuration(url, n * (i - 1) // processes + 1, n * i // processes)
    commands[i] = { "curl", "-q", "--no-progress-meter", "-f", "-Z", "--parallel-max",
      tostring(concurrency // processes), "-K", paths[i] }
  end
  local _, figures = run(commands)
  for _, path in ipairs(paths) do os.remove(path) end
  return figures, n, n / figures.wall
end

function loaders.wrk(url, _, concurrency)
  local output, figures = run { { "wrk", "-t1", "-c" .. concurrency, "-d" .. WRK_SECONDS .. "s",
    url .. "/1" } }
  assert(not output:find("Non-2xx", 1, true) and not output:find("Socket errors", 1, true), output)
  local requests = assert(tonumber(output:match("(%d+) requests in")), output)
  return figures, requests, tonumber(output:match("Requests/sec:%s*([%d.]+)"))
end

local kind, url, n, concurrency = table.unpack(arg)
local figures, requests, rate = loaders[kind](url, math.tointeger(n), math.tointeger(concurrency))
figures.cpu, figures.rate = figures.cpu / requests, rate
print(json.encode(figures))
