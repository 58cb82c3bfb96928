--- perilune reset N

local exits = require("perilune.cli.exits")
local uv = require("luv")
local format = require("perilune.format")
local manifest = require("perilune.lab.manifest")
local starter = require("perilune.lab.starter")
local terminal = require("perilune.cli.terminal")
local workspace = require("perilune.lab.workspace")

local reset = { summary = "bring an exercise's first files back; yours are kept beside" }

function reset.define(parser)
  parser:argument("N", "The exercise's number or name."):target("exercise"):argname("N")
  parser:flag("--yes", "Do not ask.")
end

local function list_of(changed)
  local names = {}
  for i, source in ipairs(changed) do
    names[i] = source.name .. (source.gone and " (gone)" or "")
  end
  return table.concat(names, ", ")
end

--- Whether the user agrees; nil where nobody can be asked.
local function agreed(entry, changed)
  if uv.guess_handle(0) ~= "tty" then
    return nil
  end
  terminal.write(("Bring back %s of exercise %d? Yours are kept. [y/N] "):format(list_of(changed),
    entry.number))
  local answer = io.read("l")
  return answer ~= nil and answer:find("^%s*[yY]") ~= nil
end

function reset.run(args)
  local entry, message = workspace.chosen(args.exercise)
  if not entry then
    return nil, message, exits.MISUSE
  end
  local exercise, folder = manifest.load(entry), workspace.folder(entry)
  local changed = starter.changed(exercise, folder)
  if #changed == 0 then
    workspace.forget(entry)
    terminal.say(("  %s is as it was at the start"):format(workspace.solution(entry)))
    return 0
  end
  local yes = args.yes or agreed(entry, changed)
  if yes == nil then
    return nil, ("reset asks, and there is no terminal; without asking: perilune reset %d --yes")
      :format(entry.number), exits.MISUSE
  elseif not yes then
    return nil, "nothing was changed"
  end
  local backup, refusal = starter.restore(exercise, folder, changed)
  if not backup then
    return nil, refusal
  end
  workspace.forget(entry)
  terminal.say(("  %s brought back: %s"):format(format.plural(#changed, "file"), list_of(changed)),
    ("  yours are in %s/"):format(backup), ("  next: perilune watch %d"):format(entry.number))
  return 0
end

return reset
