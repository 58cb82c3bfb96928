--- A program that specs talk to while it runs: over pipes, or in a terminal of its own.
local pipe = require("perilune.lab.pipe")
local uv = require("luv")
local program = require("spec.cli.program")

local live = {}

-- ms after which a text that does not come is a failure. No spec waits so long for what comes.
local PATIENCE <const> = 30000

---@class Live
---@field out string   all that it has printed
---@field code? integer
local Live = {}
Live.__index = Live

--- Starts a program.
---@param command string
---@param arguments string[]
---@param options {folder: string, variables?: table, input?: boolean}  without `input`, the
---  program's is /dev/null
---@return Live
function live.start(command, arguments, options)
  local self = setmetatable({ out = "", seen = 1 }, Live)
  local output, errors, open = uv.new_pipe(false), uv.new_pipe(false), 3
  self.input = options.input ~= false and uv.new_pipe(false) or nil
  local function ended()
    open = open - 1
    self.ended = open == 0
  end
  self.process, self.pid = assert(uv.spawn(command, {
    args = arguments, cwd = options.folder, env = program.environment(options.variables),
    stdio = { self.input, output, errors },
  }, function(code, signal)
    self.code = signal ~= 0 and 128 + signal or code
    self.process:close()
    ended()
  end))
  for _, handle in ipairs({ output, errors }) do
    pipe.each(handle, function(chunk) self.out = self.out .. chunk end, ended)
  end
  return self
end

--- Starts the program under test.
---@param arguments string[]
---@param options table as for `start`
---@return Live
function live.piped(arguments, options)
  return live.start(program.path, arguments, options)
end

local quoted = require("perilune.shell").quoted

--- In a terminal of so many rows and columns; what is written to it are keys.
---@param command string for a shell, in which `$perilune` is the program
---@param options {folder: string, variables?: table, rows?: integer, columns?: integer}
---@return Live
function live.terminal(command, options)
  local shell = ("stty rows %d cols %d; perilune=%s; %s"):format(options.rows or 40,
    options.columns or 100, quoted(program.path), command)
  return live.start("script", { "-qefc", shell, "/dev/null" }, options)
end

--- Whether this system can give programs a terminal.
function live.has_terminals()
  return os.execute("command -v script stty >/dev/null") == true
end

local function wait(self, done, what)
  local timer, late = uv.new_timer(), false
  timer:start(PATIENCE, 0, function() late = true end)
  while not done() and not late do uv.run("once") end
  timer:close()
  uv.run("nowait")
  if late then
    error(("%s did not come; there was:\n%s"):format(what, self.out:sub(self.seen)), 3)
  end
end

--- Waits for a text behind what was awaited before; what stood between them is returned.
---@param text string
---@return string
function Live:await(text)
  local from, to
  wait(self, function()
    from, to = self.out:find(text, self.seen, true)
    return from
  end, ("%q"):format(text))
  local between = self.out:sub(self.seen, from - 1)
  self.seen = to + 1
  return between
end

---@param keys string
function Live:write(keys)
  self.input:write(keys)
end

local function close_input(self)
  if self.input and not self.input:is_closing() then
    self.input:close()
  end
end

local function await_end(self)
  wait(self, function() return self.ended end, "its end")
  close_input(self)
  uv.run("nowait") -- or luv would crash where the state is closed before the loop has seen that
  return self.code
end

--- Sends a signal, and waits for its end.
---@param name string as "sigterm"
---@return integer code
function Live:signal(name)
  self.process:kill(name)
  return await_end(self)
end

--- Ends its input, and waits for its end.
---@return integer code
function Live:finish()
  close_input(self)
  return await_end(self)
end

--- Ends it whatever it does.
function Live:kill()
  if not self.ended then
    self:signal("sigkill")
  end
end

return live
