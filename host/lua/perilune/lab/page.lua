--- Judged solutions as one HTML page that needs nothing beside it.

local figures = require("perilune.lab.page.figures")
local format = require("perilune.format")
local html = require("perilune.lab.page.html")
local report = require("perilune.lab.report")

local page = {}

local escape, prose = html.escape, html.prose

---@class PageModel
---@field judged Report
---@field file string          as the student knows it
---@field recorded Recorded
---@field figures Figure[]
---@field pictures? {wide: string, narrow: string}[] SVG, one for each figure

local function criteria(judged)
  local rows = {}
  for i, result in ipairs(judged.results) do
    rows[i] = { result.label, { html.verdict(result.status) }, { html.found(result) } }
  end
  return html.table({ caption = report.summary(judged),
    columns = { "Criterion", "Verdict", "What was found" }, rows = rows })
end

local TOP = 12

local function function_rows(profile)
  local rows, whole = {}, 0
  for _, row in ipairs(profile:stats()) do
    whole = whole + row.self
  end
  for i, row in ipairs(profile:stats({ limit = TOP })) do
    local place = row.line > 0 and row.source:sub(2) .. ":" .. row.line or ""
    rows[i] = { format.printable(row.name, 80), format.printable(place, 80),
      format.count(row.calls), format.seconds(row.self),
      whole > 0 and ("%.1f %%"):format(100 * row.self / whole) or "" }
  end
  return rows
end

local function profile_section(recorded)
  local parts = { id = "profile", title = "Where the time goes" }
  if recorded.problem then
    parts[#parts + 1] = '<p class="note">' .. prose(recorded.problem) .. "</p>"
  end
  local profile = recorded.profile
  if profile then
    parts[#parts + 1] = "<p>A flame graph: a bar is a call, below the bar of its "
      .. "caller, and as wide as its share of the time. Wide bars with nothing below them are "
      .. "where the time goes.</p>"
    parts[#parts + 1] = profile:encode("svg")
    parts[#parts + 1] = html.table({ caption = "Functions by their own time",
      columns = { "Function", "Where", "Calls", "Own time", "Share" },
      rows = function_rows(profile), numeric = { [3] = true, [4] = true, [5] = true } })
  end
  return parts
end

--- With its picture and the numbers folded away, or without one: in words, and the numbers.
local function figure_section(figure, picture)
  local numbers = html.table(figure.table)
  if not picture then
    return { title = figure.title, "<p>" .. escape(figure.label) .. "</p>", numbers }
  end
  return {
    title = figure.title, "<figure>",
    ('<div class="wide">%s</div><div class="narrow">%s</div>'):format(picture.wide, picture.narrow),
    "<figcaption>" .. prose(figure.caption) .. "</figcaption></figure>",
    "<details><summary>The numbers</summary>" .. numbers .. "</details>",
  }
end

local function environment_rows(environment)
  local rows = {}
  local function add(name, value)
    rows[#rows + 1] = value and { name, value } or nil
  end
  local load = environment.load
  add("Processor", environment.processor)
  add("Processors", format.count(environment.cores)
    .. (environment.virtual and ", a hypervisor's" or ""))
  add("Governor", environment.governor)
  add("Memory", environment.memory and format.bytes(environment.memory))
  add("Load before", load and ("%.2f, %.2f, %.2f over 1, 5 and 15 minutes"):format(
    load[1], load[2], load[3]))
  add("Kernel", environment.kernel)
  add("Lua", environment.lua)
  add("Perilune", environment.perilune)
  add("Time", os.date("%Y-%m-%d %H:%M", environment.time))
  return rows
end

local function environment_section(judged)
  local parts = { id = "environment", title = "Where it was measured" }
  for _, warning in ipairs(judged.warnings or {}) do
    parts[#parts + 1] = '<p class="note">Busy machine: ' .. escape(warning) .. "</p>"
  end
  parts[#parts + 1] = html.table({ caption = "Machine and versions",
    columns = { "What", "Value" }, rows = environment_rows(judged.environment) })
  return parts
end

--- Lists of HTML, each with an id and a title.
local function sections_of(model)
  local list = {
    { id = "criteria", title = "Criteria", criteria(model.judged) },
    profile_section(model.recorded),
  }
  for i, figure in ipairs(model.figures) do
    local section = figure_section(figure, model.pictures and model.pictures[i])
    section.id = "figure" .. i
    list[#list + 1] = section
  end
  list[#list + 1] = environment_section(model.judged)
  return list
end

local function heading(level, text)
  return ("<h%d>%s</h%d>"):format(level, escape(text), level)
end

--- Links to {id, title}..., as a list.
local function contents(label, items)
  local links = {}
  for i, item in ipairs(items) do
    links[i] = ('<li><a href="#%s">%s</a></li>'):format(item.id, escape(item.title))
  end
  return ('<nav aria-label="%s"><ul>%s</ul></nav>'):format(escape(label), table.concat(links))
end

local function title_of(judged)
  return ("Exercise %d: %s"):format(judged.exercise, judged.title)
end

local function lead(model)
  local judged = model.judged
  return ('<p class="lead">%s %s · %s · seed %s</p>'):format(
    html.verdict(judged.verdict), escape(report.summary(judged)), escape(model.file),
    escape(judged.seed))
end

--- One solution, its heading of a level.
local function article(model, level)
  local sections, title = sections_of(model), title_of(model.judged)
  local id = "exercise" .. model.judged.exercise
  local parts = {}
  for i, section in ipairs(sections) do
    parts[i] = ('<section class="%s" id="%s-%s">\n%s\n%s\n</section>'):format(section.id, id,
      section.id, heading(level + 1, section.title), table.concat(section, "\n"))
    section.id = id .. "-" .. section.id
  end
  return ('<article id="%s">\n%s\n%s\n%s\n%s\n</article>'):format(id, heading(level, title),
    lead(model), contents("Contents of exercise " .. model.judged.exercise, sections),
    table.concat(parts, "\n"))
end

--- All figures of a judged and recorded solution.
---@param judged Report
---@param recorded Recorded
---@return Figure[]
function page.figures(judged, recorded)
  local results = table.move(judged.results, 1, #judged.results, 1, {})
  for _, series in ipairs(recorded.series) do
    results[#results + 1] = { label = series.label, series = series }
  end
  return figures.of(results)
end

--- The heading of a page of several.
local function cover(models, title)
  local items = {}
  for i, model in ipairs(models) do
    items[i] = { id = "exercise" .. model.judged.exercise, title = title_of(model.judged) }
  end
  return heading(1, title) .. contents("Contents", items)
end

---@class PageOptions
---@field title? string   of a page of several
---@field again string    the command that made it
---@field missing? string why there are no pictures, and how to get them

---@param models PageModel[]
---@param options PageOptions
---@param template string with `<!-- title -->` and so on
---@return string
function page.render(models, options, template)
  local is_one, parts = #models == 1, {}
  for i, model in ipairs(models) do
    parts[i] = article(model, is_one and 1 or 2)
  end
  local places = {
    title = escape(options.title or title_of(models[1].judged)),
    cover = is_one and "" or cover(models, options.title),
    missing = options.missing and ('<p class="note">There are no charts here, but all their '
      .. "numbers: %s</p>"):format(prose(options.missing)) or "",
    articles = table.concat(parts, "\n"), again = escape(options.again),
  }
  return html.page(template, places)
end

return page
