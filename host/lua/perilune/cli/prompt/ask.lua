--- The prompt's own commands: lines that begin with a colon.

local format = require("perilune.format")
local interrupted = require("perilune.cli.interrupted")
local nearest = require("perilune.cli.nearest")
local pretty = require("perilune.cli.prompt.pretty")
local terminal = require("perilune.cli.terminal")

local ask = {}

local ROWS <const> = 15

--- Raises a message that is shown without a traceback.
local function refuse(message)
  error(setmetatable({}, { __tostring = function() return tostring(message) end }))
end

--- An expression, or statements, as a function.
local function compiled(text)
  if not text:find("%S") then
    refuse("an expression, or statements, follow the command")
  end
  local fn = load("return " .. text, "=stdin")
  local message
  if not fn then
    fn, message = load(text, "=stdin")
  end
  return fn or refuse(message)
end

--- Calls a function and lets go of its results.
---@return string? failure what it raised; of an interrupt not where in these functions it came
local function failure_of(fn)
  local ok, object = pcall(function() fn() end)
  if ok then return nil end
  if interrupted.is(object) then return interrupted.MESSAGE end
  return type(object) == "table" and pretty(object, terminal.columns or terminal.width)
    or tostring(object)
end

--- Not what the functions here do to make the call.
local function is_theirs(row)
  return not row.source:find("^@.*perilune/cli/prompt/")
end

local commands = {}

commands[":help"] = { "", "this list", function()
  terminal.say("An expression, or a statement, over several lines where one is not enough.")
  for _, name in ipairs(ask.order) do
    terminal.say(("  %-14s %s"):format(name .. " " .. commands[name][1], commands[name][2]))
  end
  terminal.say("Tab completes names, and modules in `require \"`; Ctrl-C gives up a line, or what")
  terminal.say("runs; Ctrl-D leaves. Locals last for one line: leave out `local`.")
end }

commands[":time"] = { "EXPR", "how long it takes, called again and again", function(text)
  local bench, fn, timing = require("perilune.bench"), compiled(text), nil
  local failure = failure_of(function() timing = bench.timeit(fn) end)
  if failure then refuse(failure) end
  terminal.say(("%s  [%s, %s]  the median of %s of %s"):format(
    format.seconds(timing.median), format.seconds(timing.low), format.seconds(timing.high),
    format.plural(timing.runs, "run"), format.plural(timing.calls, "call")))
end }

commands[":profile"] = { "EXPR", "call it once: which functions take the time", function(text)
  local profiler, fn = require("perilune.profiler"), compiled(text)
  local failure = failure_of(function()
    profiler.start()
    fn()
  end)
  local shown = profiler.stop():text({
    limit = ROWS, width = terminal.columns, paint = terminal.paint,
    filter = function(row) return row.calls > 0 and is_theirs(row) end,
  })
  terminal.say((shown:gsub("^[^\n]*\n", ""):gsub("\n$", ""))) -- without the title
  if failure then refuse(failure) end
end }

--- Bytes that a call takes, held at its most and after it, without garbage.
local function measured(heap, fn)
  collectgarbage()
  collectgarbage()
  heap.reset_peak()
  local before = heap.used()
  heap.start({ mode = "exact" })
  local failure = failure_of(fn)
  local rows = {}
  for _, row in ipairs(heap.snapshot():top(nil, "line", "total_bytes")) do
    if is_theirs(row) then rows[#rows + 1] = row end
  end
  heap.stop()
  local _, peak = heap.used()
  collectgarbage()
  collectgarbage()
  return rows, peak - before, heap.used() - before, failure
end

commands[":memory"] = { "EXPR", "call it once: what it allocates, and what stays", function(text)
  local heap, fn = require("perilune.heap"), compiled(text)
  local rows, peak, stays, failure = measured(heap, fn)
  local bytes, blocks = 0, 0
  for _, row in ipairs(rows) do
    bytes, blocks = bytes + row.total_bytes, blocks + row.total_blocks
  end
  terminal.say(("%s allocated in %s; %s more at the peak, %s stay"):format(format.bytes(bytes),
    format.plural(blocks, "block"), format.bytes(peak), format.bytes(math.max(stays, 0))))
  for i = 1, math.min(#rows, ROWS) do
    terminal.say(("  %12s  %s"):format(format.bytes(rows[i].total_bytes), rows[i].place))
  end
  if failure then refuse(failure) end
end }

--- In which help lists them.
ask.order = { ":time", ":profile", ":memory", ":help" }

--- Without their colons.
ask.names = {}
for _, name in ipairs(ask.order) do ask.names[name:sub(2)] = true end

--- Runs a line that begins with a colon. What goes wrong is an error.
---@param line string
function ask.command(line)
  local name, text = line:match("^(:%a*)%s*(.*)$")
  local command = commands[name]
  if not command then
    local near = nearest(name, ask.order)
    refuse(("no command '%s'%s"):format(name,
      near and ("; did you mean '%s'?"):format(near) or "; :help lists them"))
  end
  command[3](text)
end

return ask
