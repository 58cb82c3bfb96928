--- One page that needs no network: what was recorded, and speedscope to look at it. The page itself
--- is made when Perilune is built (host/web); a profile is put in here.

local bytes = require("perilune.profile.bytes")
local layout = require("perilune.profile.views.layout")
local markup = require("perilune.markup")
local place = require("perilune.profile.place")
local share = require("perilune.profile.share")
local summary = require("perilune.profile.views.summary")

local html = { extensions = { "html", "htm" } }

local PAGE = "profile.html"

local function escape(text)
  return markup.escape(bytes.readable(text))
end

local function seconds(value)
  return (value < 100 and "%.3g s" or "%.0f s"):format(value)
end

--- What was recorded, in a few words each.
local function facts(raw)
  local totals, list = summary.totals(raw), { summary.how(raw) }
  local function add(count, name)
    if count and count > 0 then
      list[#list + 1] = layout.plural(count, name)
    end
  end
  list[2] = seconds(raw.duration) .. (raw.cpu and ", CPU " .. seconds(raw.cpu) or "")
  add(totals.calls, "call")
  add(raw.samples, "sample")
  add(totals.bytes, "byte")
  add(raw.collector and raw.collector.cycles, "garbage collection")
  if (raw.processes or 1) > 1 then
    list[#list + 1] = ("%d processes"):format(raw.processes)
  end
  list[#list + 1] = summary.date(raw)
  return list
end

local function header(raw)
  local lines = {}
  for _, fact in ipairs(facts(raw)) do
    lines[#lines + 1] = "<span>" .. escape(fact) .. "</span>"
  end
  for _, note in ipairs(summary.notes(raw)) do
    lines[#lines + 1] = "<p>" .. escape(note) .. "</p>"
  end
  return table.concat(lines, "\n")
end

--- The script's file name, else that of the first chunk that ran.
local function title(profile)
  if profile.script then
    return profile.script.path:match("[^/]*$")
  end
  for _, fn in ipairs(profile.functions) do
    if fn.kind == "main" then
      return place.file(fn.source):match("[^/]*$")
    end
  end
  return "profile"
end

---@param profile perilune.profiler.Profile
---@return string? page
---@return string? message
---@return string? code "format"
function html.encode(profile)
  local page = share.read(share.folder() .. "/" .. PAGE)
  if not page then
    return nil, share.absent("the html format", PAGE), "format"
  end
  local data, message, code = require("perilune.profile.formats.speedscope").encode(profile)
  if not data then
    return nil, message, code
  end
  local parts = {
    title = escape(title(profile)),
    header = header(profile.raw),
    -- In JSON "<" stands in strings alone; escaped, nothing in them can end the script element.
    profile = data:gsub("<", "\\u003c"),
  }
  return (page:gsub("<!%-%- (%a+) %-%->", parts))
end

return html
