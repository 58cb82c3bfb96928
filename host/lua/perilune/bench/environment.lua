--- The machine and the versions that figures come from. What a system does not tell is nil.

local proc = require("perilune.bench.proc")

---@class perilune.bench.Environment
---@field processor? string its model
---@field cores integer     that this process may run on
---@field governor? string  of frequency: "performance" gives the steadiest figures
---@field virtual? boolean  the processors are a hypervisor's, and may be taken away
---@field memory? integer   bytes
---@field kernel? string
---@field load? number[]    programs that wanted a processor, over 1, 5 and 15 minutes
---@field lua string
---@field perilune? string
---@field time integer      as os.time tells it

local GOVERNOR = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
local NAMES = { "model name", "Model", "Hardware", "cpu model" } -- x86, ARM, MIPS

local function trimmed(text)
  return text and text:match("^%s*(.-)%s*$")
end

local function processor_of(text)
  for _, name in ipairs(NAMES) do
    local found = ("\n" .. text):match("\n" .. name .. "%s*: ([^\n]+)")
    if found then
      return trimmed(found):gsub("%s+", " ")
    end
  end
end

local function load_of(text)
  local one, five, fifteen = text:match("^(%S+) (%S+) (%S+)")
  return one and { tonumber(one), tonumber(five), tonumber(fifteen) }
end

--- `Linux 6.1.0-13-amd64`
local function kernel()
  local name = trimmed(proc.read("/proc/sys/kernel/ostype"))
  local release = trimmed(proc.read("/proc/sys/kernel/osrelease"))
  return name and release and name .. " " .. release
end

--- Versions; in stock Lua there is no host to ask.
local function versions()
  local found, host = pcall(require, "perilune.host")
  if not found then
    return _VERSION
  end
  return host.lua, host.version
end

-- What stays as it is while a process runs: to read it takes a quarter of a small judging.
local lasting

local function read_lasting()
  local cpuinfo = proc.read("/proc/cpuinfo") or ""
  local memory = (proc.read("/proc/meminfo") or ""):match("MemTotal:%s*(%d+) kB")
  local lua, perilune = versions()
  return {
    processor = processor_of(cpuinfo),
    virtual = cpuinfo:find("%f[%w]hypervisor%f[%W]") and true or nil,
    memory = memory and math.tointeger(tonumber(memory) * 1024), kernel = kernel(), lua = lua,
    perilune = perilune,
  }
end

---@return perilune.bench.Environment
return function()
  lasting = lasting or read_lasting()
  local _, cores = proc.processors()
  return {
    processor = lasting.processor, cores = cores, governor = trimmed(proc.read(GOVERNOR)),
    virtual = lasting.virtual, memory = lasting.memory, kernel = lasting.kernel,
    load = load_of(proc.read("/proc/loadavg") or ""), lua = lasting.lua,
    perilune = lasting.perilune, time = os.time(),
  }
end
