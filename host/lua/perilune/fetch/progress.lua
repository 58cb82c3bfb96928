--- How far many requests have come, or one: for a function, and a line on a terminal.

local clock = require("perilune.clock")

local PAUSE <const> = 0.1 -- seconds between two lines

---@class perilune.fetch.Progress
---@field total? integer
---@field call? fun(done: integer, total?: integer, bytes: integer)
---@field line boolean
---@field done integer
---@field bytes integer
---@field failed integer
---@field begun number
---@field drawn number
local Progress = {}
Progress.__index = Progress

local progress = {}

local function is_terminal()
  return require("luv").guess_handle(2) == "tty" and os.getenv("TERM") ~= "dumb"
end

---@param settings {on_progress?: function, progress?: boolean}
---@param total? integer
---@return perilune.fetch.Progress? nil: nobody wants to see it
function progress.new(settings, total)
  local line = settings.progress and is_terminal() or false
  if not (line or settings.on_progress) then return nil end
  return setmetatable({
    total = total, call = settings.on_progress, line = line, done = 0, bytes = 0, failed = 0,
    begun = clock.now(), drawn = 0,
  }, Progress)
end

local function size(bytes)
  local units, value, i = { "B", "kB", "MB", "GB" }, bytes, 1
  while value >= 1000 and i < #units do value, i = value / 1000, i + 1 end
  return i == 1 and ("%d B"):format(bytes) or ("%.1f %s"):format(value, units[i])
end

local WIDTH <const> = 24

local function bar(share)
  local full = math.floor(share * WIDTH)
  return "[" .. ("="):rep(full) .. (" "):rep(WIDTH - full) .. "] "
end

-- What a terminal does with a line that is wider than it is: cuts it off, for once.
local CUT <const>, WRAP <const> = "\27[?7l", "\27[?7h"

-- `share` of all, if that is known.
local function draw(self, share, text)
  io.stderr:write("\r", CUT, share and bar(share) or "", text, "\27[K", WRAP)
  io.stderr:flush()
  self.drawn = clock.now()
end

local function per_second(self, amount)
  return amount / math.max(clock.now() - self.begun, 1e-9)
end

local function draw_many(self)
  draw(self, self.total and self.total > 0 and self.done / self.total,
    ("%d%s  %s  %.0f/s%s"):format(self.done, self.total and "/" .. self.total or "",
      size(self.bytes), per_second(self, self.done),
      self.failed > 0 and ("  %d failed"):format(self.failed) or ""))
end

---@param result perilune.fetch.Result
function Progress:add(result)
  self.done, self.bytes = self.done + 1, self.bytes + result.bytes
  if not result.ok then self.failed = self.failed + 1 end
  if self.call then self.call(self.done, self.total, self.bytes) end
  if self.line and clock.now() - self.drawn >= PAUSE then draw_many(self) end
end

--- Leaves the last line.
function Progress:close()
  if not self.line then return end
  self.line = false
  draw_many(self)
  io.stderr:write("\n")
end

Progress.__close = Progress.close

--- Of one request's body.
---@class perilune.fetch.BodyProgress
---@field call? fun(bytes: integer, total?: integer)
---@field line boolean
---@field begun number
---@field drawn number
local BodyProgress = {}
BodyProgress.__index = BodyProgress

---@param settings {on_progress?: function, progress?: boolean}
---@return perilune.fetch.BodyProgress? nil: nobody wants to see it
function progress.of_one(settings)
  local line = settings.progress and is_terminal() or false
  if not (line or settings.on_progress) then return nil end
  return setmetatable({ call = settings.on_progress, line = line, begun = clock.now(), drawn = 0 },
    BodyProgress)
end

---@param bytes integer that have come
---@param total? integer
function BodyProgress:update(bytes, total)
  if self.call then self.call(bytes, total) end
  if not self.line then return end
  draw(self, total and total > 0 and bytes / total, ("%s%s  %s/s"):format(size(bytes),
    total and "/" .. size(total) or "", size(per_second(self, bytes) // 1)))
end

--- Leaves the last line.
function BodyProgress:close()
  if self.line and self.drawn > 0 then io.stderr:write("\n") end
  self.line = false
end

BodyProgress.__close = BodyProgress.close

return progress
