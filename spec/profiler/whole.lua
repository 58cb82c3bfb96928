--- Whole programs, with the profiler loaded before them and without.
local uv = require("luv")
local files = require("perilune.lab.files")
local profiler = require("perilune.profiler")
local twin = require("spec.host.twin")

local whole = { modes = { "calls", "sample", "lines", "memory" } }

local build = uv.exepath():match("^(.*)/")
local libraries = build .. "/lib/lua/5.4"
local OLDER <const> = "/usr/share/lua/5.1/"

--- Where stock Lua finds the profiler, and both find what is made for any Lua.
whole.environment = {
  LUA_PATH = ("%s/host/lua/?.lua;;%s?.lua;%s?/init.lua"):format(uv.cwd(), OLDER, OLDER),
  LUA_CPATH = ("%s/?.so;%s/spec/?.so;;"):format(libraries, build),
}

--- Why stock Lua cannot be asked, or nil.
local function without_stock()
  if not uv.fs_stat(libraries .. "/perilune/recorder.so") then
    return "the recorder is not built beside " .. uv.exepath()
  elseif (os.getenv("PERILUNE_SANITIZE") or "") ~= "" then
    return "a sanitized module needs a sanitized interpreter"
  end
end

--- The interpreters that can load the profiler: {name, twin, flags}.
---@return table[]? interpreters
---@return string? why there are none
function whole.interpreters()
  local pair, why = twin.pair()
  if not pair then return nil, why end
  local list = { { name = "perilune", twin = pair[2], pair = pair } }
  if not without_stock() then
    list[2] = { name = "lua5.4", twin = pair[1], pair = pair }
  end
  return list
end

---@param interpreters table[]
function whole.close(interpreters)
  twin.close(interpreters[1].pair)
end

---@return string path of a new folder, with a blank in its name
function whole.folder()
  local folder = assert(files.scratch()) .. "/with a blank"
  assert(files.make_folder(folder))
  return folder
end

---@param folder string from `whole.folder`
function whole.remove(folder)
  files.remove_tree(files.folder(folder))
end

local function with_environment(command)
  local env = {}
  for name, value in pairs(whole.environment) do env[name] = value end
  for name, value in pairs(command.env or {}) do env[name] = value end
  local copy = {}
  for name, value in pairs(command) do copy[name] = value end
  copy.env = env
  return copy
end

--- Runs one command, as twin.run does.
---@param interpreter table
---@param command Command
---@return Outcome
function whole.run(interpreter, command)
  return (twin.run({ interpreter.twin }, with_environment(command)))
end

--- Runs a command as it is, and with the arguments in `host` instead.
---@return Outcome plain
---@return Outcome profiled
function whole.compare(interpreter, command)
  return twin.run({ interpreter.twin, interpreter.twin }, with_environment(command))
end

---@param path string
---@return table<string, ProfileRow> rows by name
---@return Profile
function whole.read(path)
  local profile = assert(profiler.load(path))
  local rows = {}
  for _, row in ipairs(profile:stats()) do rows[row.name] = row end
  return rows, profile
end

return whole
