--- The builds of CMakePresets.json, each made when it is first needed.

local files = require("perilune.lab.files")
local shell = require("spec.torture.shell")

local builds = {}

-- What is built of each; all, where nothing is said.
local TARGETS <const> = {
  asan = "perilune perilune_spec_calls perilune_spec_oom",
  coverage = "all",
  fuzz = "perilune_fuzz",
  release = "all",
  tsan = "all",
}

local made = {}

local function needs(preset)
  if preset ~= "fuzz" or shell.run("command -v clang") then return nil end
  return "clang is missing: apt-get install clang libclang-rt-14-dev"
end

local function compile(preset, say)
  local missing = needs(preset)
  if missing then return nil, missing end
  say("building build/", preset)
  local line = ("cmake --build build/%s --target %s"):format(preset, TARGETS[preset])
  if not files.kind(("build/%s/build.ninja"):format(preset)) then
    line = ("cmake --preset %s && %s"):format(preset, line)
  end
  local ok, output = shell.run(line)
  return ok, not ok and "the build failed:\n" .. output or nil
end

--- Brings a build up to date.
---@param preset string
---@param say fun(...: string)
---@return boolean? ok
---@return string? problem
function builds.make(preset, say)
  if not made[preset] then made[preset] = table.pack(compile(preset, say)) end
  return table.unpack(made[preset], 1, 2)
end

return builds
