--- What the benchmarks share: their options, and the figures for a program.
local report = {}

--- Reads `--NAME INTEGER` for each name in `defaults`, and `--json FILE`. Anything else ends the
--- program with `usage`.
---@param arguments string[]
---@param defaults table<string, integer>
---@param usage string
---@return table options
function report.options(arguments, defaults, usage)
  local options = {}
  for name, value in pairs(defaults) do options[name] = value end
  for i = 1, #arguments, 2 do
    local name = arguments[i]:match("^%-%-(%l+)$")
    local value = arguments[i + 1]
    if name == "json" and value then
      options.json = value
    elseif options[name] and math.tointeger(value) then
      options[name] = math.tointeger(value)
    else
      io.stderr:write("usage: ", usage, " [--json FILE]\n")
      os.exit(2)
    end
  end
  return options
end

--- Writes figures to a file, if one is asked for.
---@param path string?
---@param figures table
function report.write(path, figures)
  if not path then return end
  local file <close> = assert(io.open(path, "w"))
  file:write(require("dkjson").encode(figures, { indent = true }), "\n")
end

return report
