--- A terminal that is drawn on as a whole and read key by key. `close` leaves it as it was.

local uv = require("luv")
local loop = require("perilune.lab.watch.loop")
local terminal = require("perilune.cli.terminal")

local RAW <const>, NORMAL <const> = 1, 0
local HEIGHT <const> = 24

-- The other screen, without a cursor, and without lines that go on in the next one.
local ENTER <const>, LEAVE <const> = "\27[?1049h\27[?25l\27[?7l", "\27[?7h\27[?25h\27[?1049l"

---@class Screen
local Screen = {}
Screen.__index = Screen

local screen = {}

---@return boolean whether there is a terminal to draw on and to read keys from
function screen.possible()
  return terminal.columns ~= nil and uv.guess_handle(0) == "tty"
end

--- The letter of a key; nil for what escape sequences are made of.
local function each_key(bytes, pressed)
  for key in bytes:gsub("\27[%[O]?[%d;]*.?", ""):gmatch(".") do
    pressed(key:lower())
  end
end

---@param pressed fun(key: string)
---@param resized fun()
---@return Screen
function screen.open(pressed, resized)
  local self = setmetatable({}, Screen)
  self.input, self.output, self.resizes = assert(uv.new_tty(0, true)), terminal.open(),
    uv.new_signal()
  assert(self.input:set_mode(RAW))
  terminal.write(ENTER)
  self.input:read_start(loop.later(function(_, bytes)
    each_key(bytes or "q", pressed)
  end))
  self.resizes:start("sigwinch", loop.later(resized))
  return self
end

---@return integer width
---@return integer height
function Screen:size()
  local width, height
  if self.output and not self.closed then
    width, height = self.output:get_winsize()
  end
  return width and width > 0 and width or terminal.width,
    height and height > 0 and height or HEIGHT
end

---@param lines string[]
function Screen:draw(lines)
  if not self.closed then
    terminal.write("\27[H" .. table.concat(lines, "\27[K\r\n") .. "\27[K\27[J")
  end
end

--- Does not fail where nothing can be written any more. The loop must run once more before the
--- state is closed.
function Screen:close()
  self.closed = true
  self.input:set_mode(NORMAL)
  self.input:close()
  self.resizes:close()
  if self.output then
    self.output:close()
  end
  io.stdout:write(LEAVE)
  io.stdout:flush()
end

return screen
