--- The sweeps of spec/faults: scenarios in which one thing after the other fails. What the specs
--- run a short form of, `perilune torture` runs for longer.
local hostile = require("spec.fetch.hostile")
local nginx = require("spec.fetch.nginx")
local uv = require("luv")

local sweeps = {}

local quoted = require("perilune.shell").quoted

-- What fetch needs: a server, and a folder in which nothing is left but the one file.
local function with_server(fn)
  local server <close> = hostile.start()
  local folder = os.tmpname()
  os.remove(folder)
  assert(uv.fs_mkdir(folder, tonumber("755", 8)))
  local ok, output = fn(("PERILUNE_SPEC_URL=%s PERILUNE_SPEC_FOLDER=%s"):format(server.url,
    quoted(folder)))
  os.remove(folder .. "/file")
  local clean, problem = uv.fs_rmdir(folder)
  return ok and clean, clean and output or output .. problem
end

local function with_nginx(fn)
  local server <close> = assert(nginx.start())
  return fn(("PERILUNE_SPEC_URL=%s PERILUNE_SPEC_CA=%s"):format(server.h2, quoted(server.ca)))
end

local WITH <const> = { fetch = with_server, fetch_shared = with_nginx }

local function run(program, scenario, arguments, environment)
  local path = scenario == "embed" and scenario or ("spec/faults/%s.lua"):format(scenario)
  local pipe <close> = assert(io.popen(("%s %s %s %s 2>&1"):format(environment or "",
    quoted(program), path, arguments)))
  local output = pipe:read("a")
  return pipe:close() == true, output
end

--- Allocations of a native module's scenario in stock Lua (oom.c), one in so many of them.
sweeps.allocations = {
  "clock", "fetch", "graph", "hashset", "ints", "memo", "message", "parcel", "pool", "profiler",
}

--- Calls of the system under a host (calls.c), for fetch libcurl's as well; `embed` is C.
sweeps.calls = {
  "embed", "child", "clock", "fetch", "fetch_shared", "heap", "ints", "parcel", "pool",
  "profiler",
}

--- Runs one of the two programs of spec/faults.
---@param folder string where they are
---@param name "oom"|"calls"
---@param scenario string
---@param ... integer its further arguments
---@return boolean ok
---@return string output
function sweeps.run(folder, name, scenario, ...)
  local program, arguments = folder .. "/" .. name, table.concat({ ... }, " ")
  local with = WITH[scenario]
  if not with then return run(program, scenario, arguments) end
  return with(function(environment)
    return run(program, scenario, arguments, environment)
  end)
end

return sweeps
