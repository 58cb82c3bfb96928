--- Tells when files of a folder are saved. The folder is watched, not the files: many editors save
--- by renaming, and a file's own watch would stay with the old one.

local uv = require("luv")
local files = require("perilune.lab.files")
local loop = require("perilune.lab.watch.loop")

local saves = {}

-- ms in which an editor is done with the few events of a save, a truncated file among them.
local SETTLE <const> = 5
-- ms between two looks, for folders of which the system tells nothing (a network's, a virtual
-- machine's), and for those that come back after they were removed.
local LOOK <const> = 1000

---@class Saves
---@field folder string
---@field names string[]
---@field private notify fun()
local Saves = {}
Saves.__index = Saves

local function look(self)
  local now = files.stamp(self.folder, self.names)
  if now ~= self.stamp then
    self.stamp = now
    self.notify()
  end
end

--- Tells a folder from another of its name, which may get the inode of one that was removed.
local function identity(folder)
  local stat = uv.fs_stat(folder)
  return stat and ("%d %d.%d"):format(stat.ino, stat.birthtime.sec, stat.birthtime.nsec)
end

--- Follows the folder that has this name now; a handle stays with one that was renamed or removed.
local function follow(self)
  local now = identity(self.folder)
  if now == self.followed then
    return
  end
  self.events:stop()
  local started = now and self.events:start(self.folder, {}, function()
    self.settle:start(SETTLE, 0, self.settled)
  end)
  self.followed = started and now or nil
end

--- Watches from now on. What the files are like now is no save.
---@param folder string
---@param names string[]
---@param notify fun() called after each save, and when a file comes or goes
---@return Saves
function saves.watch(folder, names, notify)
  local self = setmetatable({ folder = folder, names = names, notify = notify }, Saves)
  self.events, self.settle, self.looks = uv.new_fs_event(), uv.new_timer(), uv.new_timer()
  self.settled = loop.later(function()
    if not self.closed then
      look(self)
    end
  end)
  follow(self)
  self.stamp = files.stamp(folder, names)
  self.looks:start(LOOK, LOOK, loop.later(function()
    if not self.closed then
      follow(self)
      look(self)
    end
  end))
  return self
end

--- The loop must run once more before the state is closed: luv 1.44 crashes otherwise.
function Saves:close()
  self.closed = true
  for _, handle in ipairs({ self.events, self.settle, self.looks }) do
    handle:close()
  end
end

return saves
