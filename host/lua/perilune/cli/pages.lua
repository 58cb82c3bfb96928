--- Makes the page of judged solutions; used by `report` and `demo`.

local charts = require("perilune.cli.charts")
local files = require("perilune.lab.files")
local page = require("perilune.lab.page")
local recorded = require("perilune.lab.recorded")
local share = require("perilune.profile.share")

local pages = {}

local TEMPLATE = "report.html"

--- What a page tells of a solution; records it.
---@param exercise Exercise
---@param judged Report
---@param file string the solution
---@param shown? string as the reader knows it
---@return PageModel
function pages.model(exercise, judged, file, shown)
  local record = recorded.of(exercise, file, tonumber(judged.seed, 16))
  return {
    judged = judged, file = shown or file, recorded = record,
    figures = page.figures(judged, record),
  }
end

--- Draws the figures of all models in one go.
---@return string? missing why there are no pictures
local function draw(models)
  local drawings = {}
  for _, model in ipairs(models) do
    for _, figure in ipairs(model.figures) do
      figure.drawing.label = figure.label
      drawings[#drawings + 1] = figure.drawing
    end
  end
  local pictures, missing = {}, nil
  if #drawings > 0 then
    pictures, missing = charts(drawings)
  end
  local first = 1
  for _, model in ipairs(models) do
    local count = #model.figures
    model.pictures = pictures and table.move(pictures, first, first + count - 1, 1, {})
    first = first + count
  end
  return missing
end

--- Makes the page.
---@param models PageModel[]
---@param options PageOptions
---@return string? text
---@return string? message what is wrong, or which pictures are missing
function pages.make(models, options)
  local template = share.read(share.folder() .. "/" .. TEMPLATE)
  if not template then
    return nil, share.absent("the page of reports", TEMPLATE)
  end
  options.missing = draw(models)
  return page.render(models, options, template), options.missing
end

--- A place for a page in a folder of its own.
---@param name string
---@return string path
function pages.temporary(name)
  return files.scratch() .. "/" .. name
end

return pages
