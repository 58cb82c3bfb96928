--- What `perilune time` times: a piece of code, or a script.

local exits = require("perilune.cli.exits")
local uv = require("luv")
local clock = require("perilune.clock")
local process = require("perilune.cli.process")

local subject = {}

---@class Subject
---@field label string
---@field loop fun(calls: integer)
---@field clock fun(): number
---@field code? string   the piece of code, and
---@field setup? string  what is run before it
---@field file? string   the script

-- Inline, so that no call is timed beside the code. The marker tells that the loop came to its end.
local INLINE = [[
%s
return function(perilune_calls, perilune_done)
  for _ = 1, perilune_calls do %s
  end
  return perilune_done
end]]

-- For code that leaves the loop, or needs `...`.
local CALLED = [[
%s
local function perilune_call(...) %s
end
return function(perilune_calls, perilune_done)
  for _ = 1, perilune_calls do perilune_call() end
  return perilune_done
end]]

local DONE = {}
local SETUP_RETURNS = "-s: the setup returns, so the code after it is not reached"

local function assemble(template, setup, code)
  local chunk, message = load(template:format(setup, code), "=-e")
  if not chunk then
    return nil, message
  end
  local loop = chunk()
  return type(loop) == "function" and loop or error(SETUP_RETURNS, 0)
end

--- A piece of code; it is run once.
---@param setup string
---@param code string
---@return Subject? subject
---@return string? message what does not parse
---@return integer? exit code
function subject.code(setup, code)
  local parsed, message = load(setup, "=-s")
  if not parsed then
    return nil, message, exits.MISUSE
  elseif not load(setup .. "\nlocal _") then
    return nil, SETUP_RETURNS, exits.MISUSE
  end
  local is_expression = code:find("%S") and load("return " .. code, "=-e")
  parsed, message = load(code, "=-e")
  if not parsed and not is_expression then
    return nil, message, exits.MISUSE
  end
  local loop = assemble(INLINE, setup, is_expression and "local _ = " .. code or code)
  if not loop or loop(1, DONE) ~= DONE then
    loop, message = assemble(CALLED, setup, is_expression and "return " .. code or code)
    if loop and loop(1, DONE) ~= DONE then
      return nil, SETUP_RETURNS, exits.MISUSE
    end
  end
  return loop and {
    label = code:match("^%s*(.-)%s*$"), loop = loop, clock = clock.total, code = code,
    setup = setup ~= "" and setup or nil,
  }, message
end

--- Runs a script as `perilune FILE` does. What it prints is dropped, but not its first errors.
local function run_process(file, rest, stderr)
  local args = { "run", file, table.unpack(rest) }
  local ended = assert(process.run(uv.exepath(), { args = args, stderr = stderr }))
  if ended.status ~= 0 or ended.signal ~= 0 then
    local how = ended.signal ~= 0 and "signal " .. ended.signal or "exit status " .. ended.status
    error(("%s failed: %s"):format(file, how), 0)
  end
end

--- A script, without a look at it.
---@param file string
---@param rest string[] its arguments
---@return Subject
function subject.script(file, rest)
  local function loop(calls)
    for _ = 1, calls do
      run_process(file, rest)
    end
  end
  local label = table.concat({ file, table.unpack(rest) }, " ")
  return { label = label, loop = loop, clock = clock.children, file = file }
end

--- A script that is there and parses; it is run once.
---@param file string
---@param rest string[] its arguments
---@return Subject? subject
---@return string? message
---@return integer? exit code
function subject.file(file, rest)
  if not uv.fs_stat(file) then
    return nil, file .. ": no such file", exits.MISUSE
  end
  local parsed, message = loadfile(file)
  if not parsed then
    return nil, message
  end
  run_process(file, rest, 2)
  return subject.script(file, rest)
end

return subject
