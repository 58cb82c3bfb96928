--- Spec files, each in a process of its own, two at once.

local uv = require("luv")
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

-- How many examples have held, and how many there were; nil: it has not come to that.
local function examples_in(output)
  local held, failed, errors = output:match("(%d+) success%a* / (%d+) failure%a* / (%d+) error")
  if not held then return nil, 0 end
  return math.tointeger(held), math.tointeger(held + failed + errors)
end

--- Runs them; `wrong` says of what one has printed how much is wrong with it. Examples may fail for
--- want of time, where all is so slow: they are counted, and no more.
---@param line string with %s for a file, with its options
---@param files string[]
---@param wrong fun(output: string): integer?
---@param what string the row's
---@param wrongs_name string "reports"
---@return table row with the outputs of those with something wrong, or without an end
function apart.run(line, files, wrong, what, wrongs_name)
  local held, examples, wrongs, outputs, running = 0, 0, 0, {}, {}
  local function finish(i)
    local _, output = running[i]:finish()
    local good, all = examples_in(output)
    local bad = wrong(output)
    held, examples, wrongs = held + (good or 0), examples + all, wrongs + (bad or 0)
    if not good or bad ~= 0 then
      outputs[#outputs + 1] = ("%s:\n%s"):format(files[i], output:sub(-6000))
    end
  end
  for i = 1, #files + AT_ONCE do
    if i > AT_ONCE then finish(i - AT_ONCE) end
    if files[i] then running[i] = shell.start(line:format(files[i])) end
  end
  return {
    what = what,
    figure = ("%d of %d; %d %s"):format(held, examples, wrongs, wrongs_name),
    ok = #outputs == 0,
    output = table.concat(outputs, "\n"),
  }
end

return apart
