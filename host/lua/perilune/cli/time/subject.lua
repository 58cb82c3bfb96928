--- What `perilune time` times: a piece of code, or a script.

local exits = require("perilune.cli.exits")
local uv = require("luv")
local clock = require("perilune.clock")
local process = require("perilune.cli.process")

local subject = {}

---@class Subject
---@field label string
---@field loop fun(calls: integer)
---@field prepare? fun() what is run before each sample, untimed
---@field clock fun(): number
---@field code? string   the piece of code, and
---@field setup? string  what is run before it
---@field before? string what is run before each sample
---@field file? string   the script

-- Inline, so that no call is timed beside the code. The marker tells that the loop came to its end.
local INLINE = [[
%s
return function(perilune_calls, perilune_done)
  for _ = 1, perilune_calls do %s
  end
  return perilune_done
end, function(...) %s
end]]

-- For code that leaves the loop, or needs `...`.
local CALLED = [[
%s
local function perilune_call(...) %s
end
return function(perilune_calls, perilune_done)
  for _ = 1, perilune_calls do perilune_call() end
  return perilune_done
end, function(...) %s
end]]

local DONE = {}
local SETUP_RETURNS = "-s: the setup returns, so the code after it is not reached"

--- The loop and what prepares it; or nil and what does not parse, or does not come to its end.
local function assemble(template, setup, code, before)
  local chunk, message = load(template:format(setup, code, before), "=-e")
  if not chunk then
    return nil, message
  end
  local loop, prepare = chunk()
  if type(loop) ~= "function" then
    error(SETUP_RETURNS, 0)
  end
  if prepare then
    prepare()
  end
  if loop(1, DONE) ~= DONE then
    return nil, SETUP_RETURNS
  end
  return loop, prepare
end

--- A piece of code; it is run once.
---@param setup string
---@param code string
---@param before? string what is run before each sample
---@return Subject? subject
---@return string? message what does not parse
---@return integer? exit code
function subject.code(setup, code, before)
  local parsed, message = load(before or "", "=--prepare")
  if not parsed then
    return nil, message, exits.MISUSE
  end
  parsed, message = load(setup, "=-s")
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
  local loop, prepare =
    assemble(INLINE, setup, is_expression and "local _ = " .. code or code, before or "")
  if not loop then
    loop, prepare =
      assemble(CALLED, setup, is_expression and "return " .. code or code, before or "")
  end
  if not loop then
    return nil, prepare, prepare == SETUP_RETURNS and exits.MISUSE or nil
  end
  return {
    label = code:match("^%s*(.-)%s*$"), loop = loop, prepare = before and prepare,
    before = before, clock = clock.total, code = code, setup = setup ~= "" and setup or nil,
  }
end

--- Runs `perilune run` with arguments. What it prints is dropped, but not its first errors.
local function run_process(name, args, stderr)
  args = { "run", table.unpack(args) }
  local ended = assert(process.run(uv.exepath(), { args = args, stderr = stderr }))
  if ended.status ~= 0 or ended.signal ~= 0 then
    local how = ended.signal ~= 0 and "signal " .. ended.signal or "exit status " .. ended.status
    error(("%s failed: %s"):format(name, how), 0)
  end
end

--- What runs code in a process of its own.
local function preparing(before)
  return before and function()
    run_process("--prepare", { "-e", before }, 2)
  end
end

--- A script, without a look at it.
---@param file string
---@param rest string[] its arguments
---@param before? string code that is run before each sample, in a process of its own
---@return Subject
function subject.script(file, rest, before)
  local function loop(calls)
    for _ = 1, calls do
      run_process(file, { file, table.unpack(rest) })
    end
  end
  local label = table.concat({ file, table.unpack(rest) }, " ")
  return {
    label = label, loop = loop, prepare = preparing(before), before = before,
    clock = clock.children, file = file,
  }
end

--- A script that is there and parses; it is run once.
---@param file string
---@param rest string[] its arguments
---@param before? string code that is run before each sample, in a process of its own
---@return Subject? subject
---@return string? message
---@return integer? exit code
function subject.file(file, rest, before)
  if not uv.fs_stat(file) then
    local hint = file:find("[%s=()]") and "; code is given with -e" or ""
    return nil, file .. ": no such file" .. hint, exits.MISUSE
  end
  local parsed, message = loadfile(file)
  if not parsed then
    return nil, message
  end
  parsed, message = load(before or "", "=--prepare")
  if not parsed then
    return nil, message, exits.MISUSE
  end
  local made = subject.script(file, rest, before)
  if made.prepare then
    made.prepare()
  end
  run_process(file, { file, table.unpack(rest) }, 2)
  return made
end

return subject
