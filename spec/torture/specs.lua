--- A part that is specs: how many examples hold.

local files = require("perilune.lab.files")
local shell = require("spec.torture.shell")

--- A part of these specs, in the release build.
---@param name string
---@param what string
---@param share number
---@param paths string[] those that are not there are left out
return function(name, what, share, paths)
  local function run(_, rows)
    local there = {}
    for _, path in ipairs(paths) do
      if files.kind(path) then there[#there + 1] = path end
    end
    if #there == 0 then return end
    local ok, output = shell.run("PERILUNE_TORTURE=1 build/release/perilune test "
      .. table.concat(there, " "))
    local held, failed, errors = output:match("(%d+) success%a* / (%d+) failure%a* / (%d+) error")
    rows[#rows + 1] = {
      what = what,
      figure = held and ("%d of %d"):format(held, held + failed + errors) or "none",
      ok = ok and held ~= nil,
      output = output,
    }
  end
  return { name = name, share = share, builds = { "release" }, run = run }
end
