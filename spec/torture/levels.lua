--- What a process holds in the course of a long run: resident memory and descriptors, at its
--- beginning (once it is warm), in its middle and at its end.
local uv = require("luv")

local MOST_GROWTH <const> = 4096 -- KiB, of what libc and Lua keep for themselves

---@class Levels
---@field pid integer
---@field memory integer[]       KiB
---@field descriptors integer[]
---@field spare integer
local Levels = {}
Levels.__index = Levels

local levels = {}

local function resident(pid)
  local file <close> = assert(io.open(("/proc/%d/status"):format(pid)))
  return math.tointeger(tonumber(file:read("a"):match("VmRSS:%s*(%d+)")))
end

local function descriptors(pid)
  local n = 0
  for _ in uv.fs_scandir_next, assert(uv.fs_scandir(("/proc/%d/fd"):format(pid))) do n = n + 1 end
  return n
end

---@param pid? integer this process, by default
---@param spare? integer descriptors that come and go
---@return Levels
function levels.new(pid, spare)
  return setmetatable({
    pid = pid or uv.os_getpid(), memory = {}, descriptors = {}, spare = spare or 0,
  }, Levels)
end

--- Notes what is held now; of this process, without its garbage.
function Levels:note()
  if self.pid == uv.os_getpid() then
    collectgarbage()
    collectgarbage()
  end
  table.insert(self.memory, resident(self.pid))
  table.insert(self.descriptors, descriptors(self.pid))
end

--- "held: 10.1, 10.2, 10.2 MiB; 5, 5, 5 descriptors", which `perilune torture` shows.
---@return string
function Levels:text()
  local sizes = {}
  for i, kilobytes in ipairs(self.memory) do sizes[i] = ("%.1f"):format(kilobytes / 1024) end
  return ("held: %s MiB; %s descriptors"):format(table.concat(sizes, ", "),
    table.concat(self.descriptors, ", "))
end

--- Prints them. Whether they are flat, from the first to the last; else what has grown.
---@return boolean flat
---@return string? problem
function Levels:report()
  local last = #self.memory
  print(self:text())
  if self.memory[last] - self.memory[1] > MOST_GROWTH then return false, "memory has grown" end
  if self.descriptors[last] > self.descriptors[1] + self.spare then
    return false, "descriptors are left"
  end
  return true
end

return levels
