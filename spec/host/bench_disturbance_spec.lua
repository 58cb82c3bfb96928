--- What disturbs measurements, from what Linux would tell in its files.
local clock = require("perilune.clock")
local observe = require("perilune.bench.disturbance")
local proc = require("perilune.bench.proc")

local STAT <const> = [[
cpu  9999 9999 9999 9999 9999 9999 9999 9999 0 0
cpu0 %d 0 0 900 50 0 0 %d 0 0
cpu1 %d 0 0 900 50 0 0 %d 0 0
cpu2 8000 0 0 900 50 0 0 8000 0 0
]]

describe("what disturbs a measurement", function()
  local read, now, cpu, children = proc.read, clock.now, clock.cpu, clock.children
  local total = clock.total
  local texts, at

  before_each(function()
    at = { now = 0, cpu = 0, children = 0 }
    texts = {
      ["/proc/self/status"] = "Name:\tperilune\nCpus_allowed_list:\t0-1\n",
      ["/proc/thread-self/status"] = "nonvoluntary_ctxt_switches:\t7\n",
      ["/proc/stat"] = STAT:format(100, 0, 100, 0),
    }
    proc.read = function(path) return texts[path] end
    clock.now, clock.cpu = function() return at.now end, function() return at.cpu end
    clock.total = function() return at.cpu + at.children end
  end)

  after_each(function()
    proc.read, clock.now, clock.cpu, clock.children = read, now, cpu, children
    clock.total = total
  end)

  --- Ten seconds in which two processors were busy and stolen for so many.
  local function watch(busy, stolen, own, ofchildren)
    local observation = observe()
    texts["/proc/stat"] = STAT:format(100 + 50 * busy, 50 * stolen, 100 + 50 * busy, 50 * stolen)
    at.now, at.cpu, at.children = 10, own, ofchildren or 0
    return observation:seen()
  end

  it("is nothing where a processor is left for us", function()
    local seen = watch(20, 0, 10)
    assert.are.equal(1, seen.others)
    assert.are.same({}, seen.warnings)
  end)

  it("tells of other programs on the processors of this process alone", function()
    local seen = watch(20, 0, 5)
    assert.are.equal(1.5, seen.others)
    assert.are.same({ "other programs kept 1.5 of 2 processors busy" }, seen.warnings)
  end)

  it("does not count our children as others", function()
    local seen = watch(20, 0, 2, 8)
    assert.are.equal(1, seen.others)
    assert.are.same({}, seen.warnings)
  end)

  it("tells of a hypervisor that takes processors away", function()
    local seen = watch(10, 1, 10)
    assert.are.equal(0.1, seen.stolen)
    assert.are.same({ "the hypervisor gave 5 % of the processor time to others" }, seen.warnings)
  end)

  it("tells how often this process had to stop, unless children did the work", function()
    local observation = observe()
    texts["/proc/thread-self/status"] = "nonvoluntary_ctxt_switches:\t1007\n"
    at.now, at.cpu = 10, 10
    local seen = observation:seen()
    assert.are.equal(100, seen.switches)
    assert.are.same({ "had to stop for other programs 100 times a second" }, seen.warnings)
    at.children = 5
    assert.is_nil(observation:seen().switches)
  end)

  it("is not judged in less than the clocks of the system can tell", function()
    local observation = observe()
    texts["/proc/stat"] = STAT:format(200, 100, 200, 100)
    at.now, at.cpu = 0.1, 0.01
    assert.are.same({}, observation:seen().warnings)
  end)

  it("is unknown where no such files are", function()
    texts = {}
    local seen = watch(20, 20, 1)
    assert.is_nil(seen.others)
    assert.are.same({}, seen.warnings)
  end)
end)

describe("the environment of a measurement", function()
  local ENVIRONMENT <const> = "perilune.bench.environment"
  local read, known = proc.read, package.loaded[ENVIRONMENT]

  after_each(function() proc.read, package.loaded[ENVIRONMENT] = read, known end)

  --- Of a process that has not asked yet.
  local function environment()
    package.loaded[ENVIRONMENT] = nil
    return require("perilune.bench.environment")()
  end

  it("tells the processor, the kernel and the versions", function()
    local texts = {
      ["/proc/cpuinfo"] = "model name\t: Some  Processor 9\nflags\t: fpu hypervisor\n",
      ["/proc/self/status"] = "Cpus_allowed_list:\t0,2-3\n",
      ["/proc/meminfo"] = "MemTotal:       1024 kB\n",
      ["/proc/sys/kernel/ostype"] = "Linux\n", ["/proc/sys/kernel/osrelease"] = "6.1\n",
      ["/proc/loadavg"] = "0.50 0.25 0.10 1/99 1234\n",
      ["/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"] = "performance\n",
    }
    proc.read = function(path) return texts[path] end
    local found = environment()
    assert.are.equal("Some Processor 9", found.processor)
    assert.are.equal(3, found.cores)
    assert.is_true(found.virtual)
    assert.are.equal(1048576, found.memory)
    assert.are.equal("Linux 6.1", found.kernel)
    assert.are.same({ 0.5, 0.25, 0.1 }, found.load)
    assert.are.equal("performance", found.governor)
    assert.matches("^Lua 5%.4", found.lua)
  end)

  it("leaves out what the system does not tell", function()
    proc.read = function() end
    local found = environment()
    assert.are.equal(1, found.cores)
    assert.is_nil(found.processor)
    assert.is_nil(found.kernel)
    assert.is_nil(found.load)
  end)
end)
