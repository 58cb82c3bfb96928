--- Where a solution spends its time on the work of a check, from a profile made in a child.

local files = require("perilune.lab.files")
local format = require("perilune.format")
local hotspots = require("perilune.lab.hotspots")
local manifest = require("perilune.lab.manifest")
local profiler = require("perilune.profiler")
local session = require("perilune.lab.session")

local evidence = {}

local SEED <const> = 0x7f3a
local DRIVER <const> = "return require('perilune.lab.profiled')\n"
-- A function beside the first is worth naming from this share of the time on.
local NOTABLE <const> = 0.2

--- The json text of a profile of one call.
local function record(run, check)
  local driver = run.scratch .. "/driver.lua"
  assert(files.write(driver, DRIVER))
  local forbidden, late = manifest.forbidden(run.exercise, check)
  local child <close> = run:open(run.file, {
    functions = run.exercise.functions, forbidden = forbidden, late = late, driver = driver,
  })
  local arguments = child and run:arguments(check.profiled)
  return child and select(2, run:call(child, "profile",
    table.pack(run:name_of(check), table.unpack(arguments, 1, arguments.n))))
end

--- The functions of the solution's file, those first that did most of the work themselves.
local function read(run, text)
  local path = run.scratch .. "/solution.profile.json"
  assert(files.write(path, text))
  local profile = profiler.load(path)
  if not profile then
    return nil
  end
  profile.raw.script = { path = run.file }
  return hotspots.of(profile)
end

--- A function's name as it stands in the file: profiles have it as it was called last, which may be
--- a parameter's name.
local function name_of(run, spot)
  local number = 0
  for line in files.read(run.file):gmatch("([^\n]*)\n?") do
    number = number + 1
    if number == spot.line then
      return line:match("function%s+([%w_.:]+)%s*%(")
        or line:match("([%w_.]+)%s*=[^=]*function%s*%(")
        or spot.name
    end
  end
  return spot.name
end

local function spot_text(run, spots, spot)
  return ("%.0f %% of your time is in `%s` (%s:%d), called %s"):format(100 * spots:share(spot),
    name_of(run, spot), files.basename(run.file), spot.line, format.plural(spot.calls, "time"))
end

local function describe(run, check, spots)
  local first, second = spots.list[1], spots.list[2]
  local text = spot_text(run, spots, first)
  if second and spots:share(second) >= NOTABLE then
    text = text .. "; " .. spot_text(run, spots, second):gsub(" of your time is", " is", 1)
  end
  return ("%s (profiled at n = %s)"):format(text, format.count(check.profiled))
end

--- What a profile says, in a sentence; nil when there is none, as for a solution that raises an
--- error.
---@param exercise Exercise
---@param check table with `profiled`, the n of the call
---@param file string
---@return string?
function evidence.text(exercise, check, file)
  local run <close> = session.new(exercise, file, { seed = SEED })
  local text = record(run, check)
  local spots = type(text) == "string" and read(run, text)
  return spots and spots.list[1] and describe(run, check, spots) or nil
end

return evidence
