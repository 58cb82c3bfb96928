--- perilune test [busted's arguments]: busted inside the host.
-- luacheck: globals arg os.exit

local catalogue = require("perilune.lab.catalogue")
local exits = require("perilune.cli.exits")
local files = require("perilune.lab.files")
local interrupted = require("perilune.cli.interrupted")
local terminal = require("perilune.cli.terminal")

local test = { summary = "run busted here, with its arguments", raw = true }

--- How busted leaves: unwound to us, so that `os.exit` is only ever a test's.
local Leave = {}

local function take_over_exit()
  require("busted.compatibility").exit = function(code)
    error(setmetatable({ code = code ~= 0 and 1 or 0 }, Leave), 0)
  end
end

--- The first Lua code below `os.exit` on the stack.
local function caller()
  local level = 3
  while debug.getinfo(level, "S").what == "C" do
    level = level + 1
  end
  local info = debug.getinfo(level, "Sl")
  return ("%s:%d"):format(info.short_src, info.currentline)
end

--- Makes `os.exit` an error while tests run, and remembers where it was called, for a test may
--- swallow the error.
local function guard_exit()
  local guarded = { exit = os.exit }
  os.exit = function()
    guarded.place = guarded.place or caller()
    error("os.exit is called by a test", 2)
  end
  return guarded
end

--- Lets go of what the tests below an element hold; their names stay, for reports.
local function empty(busted, element)
  for _, child in ipairs(busted.context.children(element)) do
    empty(busted, child)
    child.run, child.env = nil, nil
    for descriptor in pairs(busted.executors) do child[descriptor] = nil end
  end
end

--- An interrupt is an error of the test that it comes in: the last one then. The runner decides at
--- each error whether others follow, so that it is told at the test's end.
local function end_when_interrupted(busted)
  local ended = false
  for _, problem in ipairs({ "error", "failure" }) do
    busted.subscribe({ problem }, function(_, _, message)
      ended = ended or interrupted.is(message)
      return nil, true
    end)
  end
  busted.subscribe({ "test", "end" }, function()
    busted.skipAll = busted.skipAll or ended
    return nil, true
  end)
end

--- Outputs that ask for the place of every error.
local function wants_places()
  local loaded = package.loaded
  return loaded["busted.outputHandlers.TAP"] or loaded["busted.outputHandlers.gtest"]
end

--- What busted's outputs would end at: errors of files have no place, and a test that is pending
--- has a function among what is written as JSON.
local function mend_outputs(busted)
  busted.subscribe({ "error" }, function(element, _, message, trace)
    if not trace.currentline and (element.name or wants_places()) then
      local source, line = tostring(message):match("^([^\n]-):(%d+):")
      trace.short_src = source or element.name or "perilune test"
      trace.currentline = tonumber(line) or 0
    end
    return nil, true
  end)
  busted.subscribe({ "test", "start" }, function(element)
    if element.descriptor == "pending" then element.attributes = {} end
    return nil, true
  end)
end

--- Busted keeps all tests, and what their files have loaded, until its end: in a heap that only
--- grows, each file's collections take longer than the last one's.
local function adapt_busted()
  local new = require("busted.core")
  package.loaded["busted.core"] = function()
    local busted = new()
    busted.subscribe({ "file", "end" }, function(file)
      empty(busted, file)
      return nil, true -- to the next subscriber
    end)
    end_when_interrupted(busted)
    mend_outputs(busted)
    return busted
  end
end

--- Where the tests are: busted changes to that folder.
local function folder_of(argv)
  local folder = "."
  for i, word in ipairs(argv) do
    folder = word:match("^%-C(.+)") or word:match("^%-%-directory=(.+)")
      or (word == "-C" or word == "--directory") and argv[i + 1] or folder
  end
  return folder
end

--- Whether an output was chosen, here or in the folder's .busted, or no test is run.
local function has_output(argv)
  for _, word in ipairs(argv) do
    if word:find("^%-o") or word:find("^%-%-output") or word == "--list" or word == "-l" then
      return true
    end
  end
  return (files.read(folder_of(argv) .. "/.busted") or ""):find("output") ~= nil
end

--- In a folder that `perilune start` has made, tests are shown as verdicts; busted's own output for
--- terminals is coloured.
local function output_of(argv)
  if catalogue.find(files.basename(files.absolute(folder_of(argv)))) then
    return "perilune"
  end
  return not terminal.coloured and "plainTerminal" or nil
end

local function with_output(argv)
  local output = not has_output(argv) and output_of(argv)
  return output and table.move(argv, 1, #argv, 3, { "-o", output }) or argv
end

--- Busted's own reading of its arguments, whose only way to say no is an "error: ..." text.
local function refusal_of(argv)
  local cli = require("busted.modules.cli")({ standalone = false })
  cli:set_name("perilune test")
  local ok, text = cli:parse(argv)
  return not ok and text:gsub("^perilune test: error: ", ""):gsub("; re%-run with .*$", "") or nil
end

local function run_busted(argv)
  arg = table.move(argv, 1, #argv, 1, { [0] = "perilune test" })
  local runner = require("busted.runner")
  local ok, raised = pcall(runner, { standalone = false })
  if ok then
    return 0
  elseif getmetatable(raised) == Leave then
    return raised.code
  end
  return nil, tostring(raised)
end

function test.run(argv)
  local asked = argv[1] == "-h" or argv[1] == "--help"
  local refusal = refusal_of(asked and { "--help" } or argv)
  if asked then
    io.stdout:write("Runs busted inside the host: this folder's specs, or the files named.\n\n",
      refusal)
    return 0
  elseif refusal then
    return nil, refusal .. " (see: perilune test -h)", exits.MISUSE
  elseif #argv == 0 and not (files.kind(".busted") or files.kind("spec")) then
    return nil, "no tests here, neither .busted nor spec/: name the files, or go there",
      exits.MISUSE
  end
  package.preload["busted.outputHandlers.perilune"] = function()
    return require("perilune.cli.outcomes")
  end
  take_over_exit()
  adapt_busted()
  local guarded = guard_exit()
  local code, message = run_busted(with_output(argv))
  os.exit = guarded.exit
  if guarded.place then
    return nil, ("a test called os.exit, at %s: that is a failure"):format(guarded.place)
  end
  return code, message
end

return test
