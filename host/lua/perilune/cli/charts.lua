--- Draws charts: Observable Plot in Node, from what the build has put together (host/web/charts).

local dkjson = require("dkjson")
local share = require("perilune.profile.share")
local uv = require("luv")

local DRAWER = "charts/draw.mjs"
local PATIENCE = 30000 -- ms
local NAMES = { "node", "nodejs" }

--- Keeps what comes from a pipe.
local function collect(pipe, parts)
  pipe:read_start(function(_, chunk)
    if chunk then
      parts[#parts + 1] = chunk
    else
      pipe:close()
    end
  end)
end

--- Runs a program on an input.
---@return string? output
---@return string? message
local function run(program, arguments, input)
  local stdin, stdout, stderr = uv.new_pipe(false), uv.new_pipe(false), uv.new_pipe(false)
  local timer, status, late = uv.new_timer(), nil, false
  local process, refusal
  process, refusal = uv.spawn(program, { args = arguments, stdio = { stdin, stdout, stderr } },
    function(code, signal)
      status = signal ~= 0 and "signal " .. signal or code
      process:close()
      timer:close()
    end)
  if not process then
    for _, handle in ipairs({ stdin, stdout, stderr, timer }) do
      handle:close()
    end
    uv.run("nowait")
    return nil, refusal
  end
  local output, errors = {}, {}
  collect(stdout, output)
  collect(stderr, errors)
  uv.update_time()
  timer:start(PATIENCE, 0, function()
    late = true
    process:kill("sigkill")
  end)
  stdin:write(input)
  stdin:shutdown(function()
    stdin:close()
  end)
  uv.run()
  if status == 0 then
    return table.concat(output)
  end
  return nil, late and "it took too long" or table.concat(errors):match("Error: [^\n]*")
    or "it ended with " .. tostring(status)
end

local function drawn_by(name, drawings)
  local output, message = run(name, { share.folder() .. "/" .. DRAWER }, dkjson.encode(drawings))
  if not output then
    return nil, message
  end
  local pictures = dkjson.decode(output)
  if type(pictures) ~= "table" or #pictures ~= #drawings then
    return nil, "it drew nothing"
  end
  return pictures
end

--- Draws figures.
---@param drawings table[] of `perilune.lab.page.figures`, each with its label
---@return {wide: string, narrow: string}[]? pictures SVG
---@return string? message what is missing, and how to get it
return function(drawings)
  if not uv.fs_stat(share.folder() .. "/" .. DRAWER) then
    return nil, share.absent("what draws them", DRAWER)
  end
  local message
  for _, name in ipairs(NAMES) do
    local pictures
    pictures, message = drawn_by(name, drawings)
    if pictures or not (message and message:find("^ENOENT")) then
      return pictures, message and "node could not draw them: " .. message
    end
  end
  return nil, "node is missing (`apt-get install nodejs`)"
end
