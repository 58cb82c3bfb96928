--- What the recorder gives, with what Lua knows better: the files, and the script that ran.

local model = require("perilune.profile.model")
local source = require("perilune.profile.source")

--- The script that runs, when there is one.
local function script_of(path, hashes)
  if type(path) ~= "string" then
    return nil
  end
  local name = "@" .. path
  if hashes[name] then
    return { path = path, hash = hashes[name] }
  end
  local text = source.read(name)
  return { path = path, hash = text and source.hash(text) }
end

---@param raw table from the recorder
---@param parts? table of workers (perilune.profile.workers)
---@param path? string of the script, or what stands for one (arg[0])
---@return perilune.profiler.Profile
return function(raw, parts, path)
  raw.sources = source.hashes(raw.functions)
  source.name(raw.functions)
  raw.script, raw.processes = script_of(path or arg and arg[0], raw.sources), 1
  if parts then
    require("perilune.profile.workers").join(raw, parts)
  end
  return model.new(raw)
end
