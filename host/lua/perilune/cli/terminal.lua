--- Output for people: colour and progress only where a terminal shows them.

local uv = require("luv")

local terminal = {}

local COLOURS = { red = 31, green = 32, yellow = 33, cyan = 36, dim = 2, bold = 1 }

local is_terminal = uv.guess_handle(1) == "tty" and os.getenv("TERM") ~= "dumb"

--- Whether what is shown has colours.
terminal.coloured = is_terminal and (os.getenv("NO_COLOR") or "") == ""

local function speaks_utf8()
  local locale = os.getenv("LC_ALL") or os.getenv("LC_CTYPE") or os.getenv("LANG") or ""
  return locale:upper():find("UTF%-?8") ~= nil
end

--- Whether what is shown may be drawn with more than ASCII.
terminal.unicode = is_terminal and speaks_utf8()

local WIDEST, NARROWEST = 80, 50

--- A handle of the terminal that standard output is, to ask for its size. It has a descriptor of
--- its own: luv makes the one that it is given non-blocking, and then what is printed gets lost.
---@return userdata? tty
function terminal.open()
  local fd = uv.fs_open("/proc/self/fd/1", "r+", 0)
  local tty = fd and uv.new_tty(fd, false)
  if fd and not (tty and tty:fileno() == fd) then
    uv.fs_close(fd)
  end
  return tty or nil
end

--- luv crashes when the state is closed before the loop has seen the end of a terminal's handle.
local function columns()
  local tty = terminal.open()
  local width = tty and tty:get_winsize()
  if tty then
    tty:close()
    uv.run("nowait")
  end
  return width and width > 0 and width or WIDEST
end

--- Columns that a terminal has; nil without one.
terminal.columns = is_terminal and math.max(NARROWEST, columns()) or nil

--- Columns of what is shown.
terminal.width = math.min(terminal.columns or WIDEST, WIDEST)

---@param text string
---@param colour string
---@return string
function terminal.paint(text, colour)
  if not terminal.coloured then
    return text
  end
  return ("\27[%dm%s\27[0m"):format(COLOURS[colour], text)
end

local EPIPE <const> = 32

--- What is raised where standard output is a pipe that nobody reads any more.
terminal.UNREAD = "nobody reads standard output any more"

--- Prints text at once, not when a buffer is full.
---@param text string
function terminal.write(text)
  local ok, message, code = io.stdout:write(text)
  if ok then
    ok, message, code = io.stdout:flush()
  end
  if code == EPIPE then
    error(terminal.UNREAD, 0)
  elseif not ok then
    error("cannot write to standard output: " .. message, 0)
  end
end

--- Prints lines as they come.
---@param ... string
function terminal.say(...)
  terminal.write(table.concat({ ... }, "\n") .. "\n")
end

local is_in_progress = false

--- Shows what is under way until `clear`.
---@param text string
function terminal.progress(text)
  if is_terminal then
    is_in_progress = true
    io.stdout:write("\r\27[K", terminal.paint(text, "dim"))
    io.stdout:flush()
  end
end

function terminal.clear()
  if is_in_progress then
    is_in_progress = false
    io.stdout:write("\r\27[K")
    io.stdout:flush()
  end
end

return terminal
