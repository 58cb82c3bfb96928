-- What a profile says of functions whose share of the work is known. The machine's speed changes
-- and others take the processor, so shares are medians of several short profiles.
local dkjson = require("dkjson")
local profiler = require("perilune.profiler")
local recording = require("spec.profiler.recording")
local statistics = require("perilune.statistics")

local burn, grind = recording.burner.burn, recording.burner.grind

-- Busted's environment calls functions for each global.
local debug, io, ipairs, math = debug, io, ipairs, math
local os, pairs, tonumber = os, pairs, tonumber

local UNIT <const> = 4000


-- Each does its work itself, a known number of instructions: 1, 2 and 4 units.
local function light()
  local x = 0
  for i = 1, UNIT do
    x = x + i
  end
  return x
end

local function medium()
  local x = 0
  for i = 1, 2 * UNIT do
    x = x + i
  end
  return x
end

local function heavy()
  local x = 0
  for i = 1, 4 * UNIT do
    x = x + i
  end
  return x
end

local function first()
  light()
  heavy()
end

local function second()
  medium()
  heavy()
end

-- In turn, so that all run on the machine's fast moments and slow ones.
local function program(rounds)
  for _ = 1, rounds do
    first()
    second()
  end
end

local INTERVAL <const> = { sample = 0.0002 }

-- Of 11 units.
local SELF <const> = { light = 1, medium = 2, heavy = 8 }
local TOTAL <const> = { light = 1, medium = 2, heavy = 8, first = 5, second = 6 }

local function record(mode, rounds)
  assert(profiler.start({ mode = mode, interval = INTERVAL[mode] }))
  program(rounds)
  return profiler.stop()
end

local function by_name(rows)
  local map = {}
  for _, row in ipairs(rows) do map[row.name] = row end
  return map
end

-- Shares of the three workers' own time; what the function waited is no work.
local function shares(values)
  local sum, result = 0, {}
  for name in pairs(SELF) do sum = sum + (values[name] or 0) end
  for name, value in pairs(values) do result[name] = value / sum end
  return result
end

-- The largest distance from the truth, in parts of it or absolute.
local function distance(medians, truth, absolute)
  local largest = 0
  for name, units in pairs(truth) do
    local off = math.abs((medians[name] or 0) - units / 11)
    largest = math.max(largest, absolute and off or off / (units / 11))
  end
  return largest
end

local function medians_of(list)
  local columns, result = {}, {}
  for _, item in ipairs(list) do
    for name, value in pairs(item) do
      columns[name] = columns[name] or {}
      table.insert(columns[name], value)
    end
  end
  for name, values in pairs(columns) do result[name] = statistics.median(values) end
  return result
end

-- Measures until the medians are near the truth, or have not come near it.
local function assert_near(truth, tolerance, measure, absolute)
  local list, far = {}
  repeat
    list[#list + 1] = measure()
    far = distance(medians_of(list), truth, absolute)
  until #list >= 3 and far <= tolerance or #list >= 100
  assert.is_true(far <= tolerance, far .. " from the truth: " .. dkjson.encode(medians_of(list)))
end

local function values_of(rows, column)
  local values = {}
  for name, row in pairs(by_name(rows)) do values[name] = row[column] - (row.wait or 0) end
  return values
end

-- Totals and lines do not tell waiting from work: others have had the processor meanwhile.
local function waited(rows)
  for _, row in ipairs(rows) do
    if (row.wait or 0) > 0 then return true end
  end
  return false
end

-- A sanitizer's own work is no part of what is known.
local is_sanitized = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

describe("a program of known shares", function()
  if is_sanitized then
    pending("times are not those of the program under a sanitizer")
    return
  end

  for _, mode in ipairs({ "calls", "memory" }) do
    it("is reported within a tenth by their own time in mode " .. mode, function()
      assert_near(SELF, 0.1, function()
        return shares(values_of(record(mode, 3):stats(), "self"))
      end)
    end)
  end

  for _, mode in ipairs({ "calls", "memory" }) do
    it("is reported within a tenth by their total in mode " .. mode, function()
      assert_near(TOTAL, 0.1, function()
        local rows = record(mode, 3):stats()
        return waited(rows) and {} or shares(values_of(rows, "total"))
      end)
    end)
  end

  it("is reported within a twentieth of the whole by samples", function()
    assert_near(SELF, 0.05, function()
      return shares(values_of(record("sample", 40):stats(), "self"))
    end, true)
  end)

  -- Of lines that take longer than the event that tells of them.
  for _, mode in ipairs({ "lines", "sample" }) do
    it("is reported by its lines in mode " .. mode, function()
      local function grinds()
        grind(2000)
        grind(4000)
        grind(16000)
      end
      local first_line = debug.getinfo(grinds, "S").linedefined
      local units = { "light", "medium", "heavy" }
      assert_near(SELF, 0.1, function()
        assert(profiler.start({ mode = mode, interval = INTERVAL[mode] }))
        for _ = 1, mode == "lines" and 10 or 1000 do grinds() end
        local values = {}
        local profile = profiler.stop()
        if mode == "lines" and waited(profile:stats()) then return {} end
        for _, row in ipairs(profile:lines()) do
          local name = row.name == "grinds" and units[row.line - first_line]
          if name then values[name] = row.total end
        end
        return shares(values)
      end, mode == "sample")
    end)
  end

  it("has the seconds that it takes by itself", function()
    assert_near({ all = 11 }, 0.1, function()
      local clock = require("perilune.clock")
      local start = clock.cpu()
      program(3)
      local before = clock.cpu() - start
      local seconds = 0
      for _, value in pairs(values_of(record("calls", 3):stats(), "self")) do
        seconds = seconds + value
      end
      start = clock.cpu()
      program(3)
      local after = clock.cpu() - start
      return { all = seconds / ((before + after) / 2) }
    end)
  end)
end)

-- Functions that differ, as deep as asked for; the last one calls `work`.
local function nest(depth, work)
  local call = work
  for i = 1, depth do
    local source = ("local call = ... return function() call() return %d end"):format(i)
    call = assert(load(source, "=nest" .. i))(call)
  end
  return call
end

describe("what calls the start", function()
  it("costs the recording nothing, however deep it is", function()
    local function least(depth)
      local seconds = math.huge
      for _ = 1, 20 do
        local profile
        nest(depth, function()
          assert(profiler.start())
          profile = profiler.stop()
        end)()
        local sum = 0
        for _, row in ipairs(profile:stats()) do sum = sum + row.self end
        seconds = math.min(seconds, sum)
      end
      return seconds
    end
    local few, many = least(1), least(150)
    assert.is_true(many < 4 * few + 5e-6, few .. " " .. many)
  end)
end)

describe("a C function that works for a known time", function()
  if is_sanitized then
    pending("times are not those of the program under a sanitizer")
    return
  end

  local function calls_burn()
    for _ = 1, 5 do burn(0.001) end
  end

  for _, mode in ipairs({ "calls", "lines", "memory", "sample" }) do
    it("is reported within a tenth in mode " .. mode, function()
      assert_near({ burn = 11 }, 0.1, function()
        assert(profiler.start({ mode = mode, interval = INTERVAL[mode] }))
        calls_burn()
        local profile = profiler.stop()
        return { burn = values_of(profile:stats(), "self").burn / 0.005 }
      end)
    end)
  end
end)

-- What each format says of functions' own time, in seconds by name.
local READERS <const> = {}

function READERS.collapsed(text)
  local values = {}
  for stack, microseconds in text:gmatch("([^\n]+) (%d+)") do
    local name = stack:match("([^;]+)$"):match("^[%w_]+")
    values[name] = (values[name] or 0) + tonumber(microseconds) * 1e-6
  end
  return values
end

function READERS.speedscope(text)
  local file, values, stack, last = dkjson.decode(text), {}, {}, 0
  for _, event in ipairs(file.profiles[1].events) do
    local top = stack[#stack]
    if top then values[top] = (values[top] or 0) + event.at - last end
    last = event.at
    if event.type == "O" then
      stack[#stack + 1] = file.shared.frames[event.frame + 1].name
    else
      stack[#stack] = nil
    end
  end
  return values
end

-- A line of costs after `calls=` is the callee's.
function READERS.callgrind(text)
  local names, values, current, skip = {}, {}
  for line in text:gmatch("[^\n]+") do
    local number, name = line:match("^fn=(%(%d+%)) ?(.*)")
    local called, callee = line:match("^cfn=(%(%d+%)) ?(.*)")
    if number then
      names[number] = name ~= "" and name or names[number]
      current = names[number]
    elseif called then
      names[called] = callee ~= "" and callee or names[called]
    elseif line:match("^calls=") then
      skip = true
    elseif line:match("^[%d+*-]") then
      if not skip then
        values[current] = (values[current] or 0) + tonumber(line:match("^%S+ (%d+)")) * 1e-9
      end
      skip = false
    end
  end
  return values
end

function READERS.pstats(text)
  local path = os.tmpname()
  local file = io.open(path, "wb")
  file:write(text)
  file:close()
  local pipe = io.popen("python3 -c 'import marshal, sys\n"
    .. "for key, row in marshal.load(open(sys.argv[1], \"rb\")).items():\n"
    .. "    print(key[2].strip(\"<>\"), repr(row[2]))' " .. path)
  local values = {}
  for name, seconds in pipe:read("a"):gmatch("(%S+) (%S+)\n") do
    values[name] = tonumber(seconds)
  end
  pipe:close()
  os.remove(path)
  return values
end

describe("every format", function()
  local profile, own

  setup(function()
    profile, own = record("calls", 10), {}
    for name, row in pairs(by_name(profile:stats())) do own[name] = row.self end
  end)

  -- Collapsed stacks are whole microseconds.
  for name, precision in pairs({
    collapsed = 1e-5, speedscope = 1e-7, callgrind = 1e-7, pstats = 1e-12,
  }) do
    it("has the same times: " .. name, function()
      if name == "pstats" and not os.execute("python3 -c '' 2>/dev/null") then
        pending("there is no python3")
        return
      end
      local values = READERS[name](profile:encode(name))
      for worker in pairs(TOTAL) do
        assert.near(own[worker], values[worker] or 0, precision, worker)
      end
    end)
  end

  it("has the same times: the tree", function()
    local values = {}
    local function walk(node)
      values[node.name] = (values[node.name] or 0) + node.self
      for _, child in ipairs(node.children) do walk(child) end
    end
    walk(profile:tree())
    for worker in pairs(TOTAL) do assert.near(own[worker], values[worker], 1e-12) end
  end)

  it("has what callers paid for it", function()
    local paid = 0
    for _, row in ipairs(profile:callers("heavy")) do paid = paid + row.total end
    assert.near(by_name(profile:stats()).heavy.total, paid, 1e-12)
    assert.equal(2, #profile:callers("heavy"))
  end)
end)
