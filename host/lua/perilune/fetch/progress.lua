--- How far many requests have come: for a function, and a line on a terminal.

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
  return require("luv").guess_handle(2) == "tty"
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

local function draw(self)
  local share = self.total and self.total > 0 and self.done / self.total
  local rate = self.done / math.max(clock.now() - self.begun, 1e-9)
  io.stderr:write(("\r%s%d%s  %s  %.0f/s%s\27[K"):format(
    share and bar(share) or "", self.done, self.total and "/" .. self.total or "",
    size(self.bytes), rate, self.failed > 0 and ("  %d failed"):format(self.failed) or ""))
  io.stderr:flush()
  self.drawn = clock.now()
end

---@param result perilune.fetch.Result
function Progress:add(result)
  self.done, self.bytes = self.done + 1, self.bytes + result.bytes
  if not result.ok then self.failed = self.failed + 1 end
  if self.call then self.call(self.done, self.total, self.bytes) end
  if self.line and clock.now() - self.drawn >= PAUSE then draw(self) end
end

--- Leaves the last line.
function Progress:close()
  if not self.line then return end
  self.line = false
  draw(self)
  io.stderr:write("\n")
end

Progress.__close = Progress.close

return progress
