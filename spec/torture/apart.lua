--- Spec files, each in a process of its own, two at once.

local uv = require("luv")
local quoted = require("perilune.shell").quoted
local shell = require("spec.torture.shell")

local apart = {}

local AT_ONCE <const> = 2

--- The spec files of contract/ and native/ whose names begin so, but for some.
---@param cores string[]
---@param without table<string, true> by name, as "fetch_end"
---@return string[]
function apart.specs_of(cores, without)
  local files = {}
  for _, folder in ipairs({ "spec/contract", "spec/native" }) do
    for file in uv.fs_scandir_next, assert(uv.fs_scandir(folder)) do
      local name = file:match("^(.*)_spec%.lua$") or ""
      for _, core in ipairs(cores) do
        if name:match("^%a+") == core and not without[name] then
          files[#files + 1] = folder .. "/" .. file
        end
      end
    end
  end
  table.sort(files)
  return files
end

-- Examples that have held, if they are known.
local function examples_in(output)
  local held, failed, errors = output:match("(%d+) success%a* / (%d+) failure%a* / (%d+) error")
  return held and failed + errors == 0 and math.tointeger(tonumber(held))
end

--- Runs files; `wrong` says of what one has printed how much is wrong with it.
---@param line string with %s for a file
---@param files string[]
---@param wrong fun(output: string): integer?
---@return integer examples
---@return integer wrongs
---@return string[] outputs of those that have failed
function apart.run(line, files, wrong)
  local examples, wrongs, outputs, running = 0, 0, {}, {}
  local function finish(i)
    local ok, output = running[i]:finish()
    local held, bad = examples_in(output), wrong(output)
    examples, wrongs = examples + (held or 0), wrongs + (bad or 0)
    if not (ok and held and bad == 0) then
      outputs[#outputs + 1] = ("%s:\n%s"):format(files[i], output:sub(-6000))
    end
  end
  for i = 1, #files + AT_ONCE do
    if i > AT_ONCE then finish(i - AT_ONCE) end
    if files[i] then running[i] = shell.start(line:format(quoted(files[i]))) end
  end
  return examples, wrongs, outputs
end

return apart
