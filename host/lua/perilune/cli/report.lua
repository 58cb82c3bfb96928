--- perilune report [N] [-o FILE] [--profile FILE] [--open]

local exits = require("perilune.cli.exits")
local files = require("perilune.lab.files")
local format = require("perilune.format")
local formats = require("perilune.profile.formats")
local launch = require("perilune.cli.launch")
local manifest = require("perilune.lab.manifest")
local open = require("perilune.profile.open")
local pages = require("perilune.cli.pages")
local terminal = require("perilune.cli.terminal")
local uv = require("luv")
local verdicts = require("perilune.cli.verdicts")
local workspace = require("perilune.lab.workspace")

local report = { summary = "your verdicts, profile and measures as one page with pictures" }

local NAME = "report.html"

function report.define(parser)
  parser:argument("N", "The exercise; by default this folder's, or the only one started here.")
    :target("exercise"):argname("N"):args("?")
  parser:option("-o --output", "Where the page goes (report.html beside your solution).")
    :argname("FILE")
  parser:option("--profile",
    "Save the profile as well, in the format of its name: .html to zoom in."):argname("FILE")
  parser:flag("--open", "Open it in a browser.")
end

--- The last verdict, or a new one where something has changed since.
local function judged_of(entry, exercise, file)
  local judged = workspace.recorded(entry)
  if judged then
    return judged
  end
  local stamp = workspace.stamp(entry)
  verdicts.heading(exercise, file)
  judged = verdicts.show(exercise, file, uv.hrtime() >> 8 & 0xffff)
  terminal.say("")
  verdicts.remember(entry, judged, stamp)
  return judged
end

--- Where the page goes: a folder that cannot be written in has it in the one for temporary files.
local function target_of(args, entry)
  local path = args.output or workspace.file(entry, NAME)
  local refusal = launch.refused(path, "report")
  if not refusal or args.output then
    return path, refusal
  end
  io.stderr:write("perilune: ", refusal, "\n")
  return pages.temporary(NAME)
end

--- Why a profile cannot be saved there, and whether the name is to blame.
local function refused_profile(path)
  local message = launch.refused(path, "profile")
  if message or not path then
    return message
  end
  local known, unknown = formats.guess(path)
  return not known and unknown or nil, exits.MISUSE
end

--- Makes the page, and saves the profile where it is wanted.
local function make(entry, exercise, file, profile_path)
  local judged = judged_of(entry, exercise, file)
  terminal.progress("  recording")
  local model = pages.model(exercise, judged, file)
  terminal.progress("  drawing")
  local text, message = pages.make({ model }, { again = "perilune report " .. entry.number })
  terminal.clear()
  local profile = model.recorded.profile
  if profile_path and profile then
    local saved, failure = profile:save(profile_path)
    if not saved then
      return nil, failure
    end
  end
  return text, message
end

local function show(path, args)
  if not args.open then
    return 0
  end
  local opened, message = open(path)
  if not opened then
    return nil, message
  end
  return 0
end

function report.run(args)
  local entry, message = workspace.chosen(args.exercise)
  if not entry then
    return nil, message, exits.MISUSE
  end
  local path, refusal = target_of(args, entry)
  if not path or refusal then
    return nil, refusal
  end
  local unsaved, misuse = refused_profile(args.profile)
  if unsaved then
    return nil, unsaved, misuse
  end
  local text, missing = make(entry, manifest.load(entry), workspace.solution(entry), args.profile)
  if not text then
    return nil, missing
  end
  local written, failure = files.write(path, text)
  if not written then
    return nil, failure
  end
  terminal.say(("%s (%s)"):format(path, format.bytes(#text)))
  if missing then
    terminal.say("without charts: " .. missing)
  end
  return show(path, args)
end

return report
