--- An output of busted's: a row for each test, as `perilune check` has one for each criterion, with
--- what went wrong below it. `perilune test -o perilune`, and without -o in a started exercise.

local terminal = require("perilune.cli.terminal")

local TAGS <const> = {
  success = { "ok", "green" }, pending = { "wait", "dim" },
  failure = { "FAIL", "red" }, error = { "FAIL", "red" },
}
local INDENT <const> = (" "):rep(8)

--- The names of what a test stands in, without its file's.
local function group_of(busted, element)
  local names, parent = {}, busted.parent(element)
  while parent and parent.descriptor ~= "file" and (parent.name or parent.descriptor) do
    table.insert(names, 1, parent.name or parent.descriptor)
    parent = busted.parent(parent)
  end
  return table.concat(names, " ")
end

--- A message's lines: what is no text is shown as busted shows it.
local function message_of(problem)
  local message = problem.message
  if type(message) ~= "string" then
    message = message == nil and "nil" or require("pl.pretty").write(message)
  end
  return INDENT .. message:gsub("\n+$", ""):gsub("\n\n+", "\n"):gsub("\n", "\n" .. INDENT)
end

local function row(status, name)
  local tag, colour = table.unpack(TAGS[status])
  return ("  %s  %s"):format(terminal.paint(("%-4s"):format(tag), colour), name)
end

local function summary(counts)
  local bad, wait, lost = counts.failure + counts.error, counts.pending, counts.lost
  local text = ("%d of %d passed"):format(counts.success, counts.success + bad)
  if wait > 0 then text = text .. (", %d waiting"):format(wait) end
  if lost > 0 then text = text .. (", %d outside of tests failed"):format(lost) end
  return terminal.paint(text, bad + lost > 0 and "red" or wait > 0 and "yellow" or "green")
end

--- Prints what came since the last time; `seen` remembers how many.
local function print_problems(handler, seen)
  for _, kind in ipairs({ "failures", "errors" }) do
    for i = seen[kind] + 1, #handler[kind] do
      terminal.say(terminal.paint(message_of(handler[kind][i]), "dim"))
    end
    seen[kind] = #handler[kind]
  end
end

---@return table handler that busted subscribes
return function()
  local busted = require("busted")
  local handler = require("busted.outputHandlers.base")()
  local group, seen = nil, { failures = 0, errors = 0 }
  local counts = { success = 0, failure = 0, error = 0, pending = 0, lost = 0 }

  local function heading(name)
    if name == group or name == "" then return end
    terminal.say((group and "\n" or "") .. terminal.paint(name, "bold"))
    group = name
  end

  local function on_end(element, _, status)
    heading(group_of(busted, element))
    counts[status] = counts[status] + 1
    terminal.say(row(status, element.name))
    print_problems(handler, seen)
    return nil, true
  end

  --- What fails in no test: a file, a set-up.
  local function on_problem(element)
    if element.descriptor == "it" then return nil, true end
    counts.lost = counts.lost + 1
    heading(group_of(busted, element))
    terminal.say(row("error", element.name or element.descriptor or "files"))
    print_problems(handler, seen)
    return nil, true
  end

  local function on_suite_end()
    terminal.say("", "  " .. summary(counts))
    return nil, true
  end

  busted.subscribe({ "test", "end" }, on_end, { predicate = handler.cancelOnPending })
  busted.subscribe({ "failure" }, on_problem)
  busted.subscribe({ "error" }, on_problem)
  busted.subscribe({ "suite", "end" }, on_suite_end)
  return handler
end
