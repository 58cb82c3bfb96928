--- Draws charts: Observable Plot in Node, from what the build has put together (host/web/charts).

local dkjson = require("dkjson")
local process = require("perilune.cli.process")
local share = require("perilune.profile.share")
local uv = require("luv")

local DRAWER = "charts/draw.mjs"
local PATIENCE = 30000 -- ms
local NAMES = { "node", "nodejs" }

--- Why Node has drawn nothing.
local function failure(ended)
  if ended.late then
    return "it took too long"
  end
  return ended.errors:match("Error: [^\n]*") or "it ended with status " .. ended.status
end

local function drawn_by(node, drawings)
  local ended, message = process.run(node, {
    args = { share.folder() .. "/" .. DRAWER }, input = dkjson.encode(drawings), output = true,
    patience = PATIENCE,
  })
  if not ended then
    return nil, message
  elseif ended.status ~= 0 or ended.signal ~= 0 then
    return nil, failure(ended)
  end
  local pictures = dkjson.decode(ended.output)
  if type(pictures) ~= "table" or #pictures ~= #drawings then
    return nil, "it drew something else"
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
