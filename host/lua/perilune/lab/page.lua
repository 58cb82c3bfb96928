--- A judged solution as one HTML page that needs nothing beside it.

local figures = require("perilune.lab.page.figures")
local format = require("perilune.lab.format")
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
---@field missing? string      why there are no pictures, and how to get them

local VERDICTS = {
  pass = "passed", fail = "failed", inconclusive = "inconclusive", wait = "not run",
  reader = "for a reader", ["off limits"] = "off limits",
}

local function mark(status)
  return { ('<span class="verdict %s">%s</span>'):format(status:gsub(" ", "-"), VERDICTS[status]) }
end

local function found(result)
  local parts = { prose(result.detail) }
  for _, note in ipairs(result.notes or {}) do
    parts[#parts + 1] = prose(note)
  end
  if result.hint and (result.status == "fail" or result.status == "off limits") then
    parts[#parts + 1] = "<em>" .. prose(result.hint) .. "</em>"
  end
  return { table.concat(parts, "<br>") }
end

local function criteria(judged)
  local rows = {}
  for i, result in ipairs(judged.results) do
    rows[i] = { result.label, mark(result.status), found(result) }
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
  local parts = { "<h2>Where the time goes</h2>" }
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
  local title, numbers = "<h2>" .. escape(figure.title) .. "</h2>", html.table(figure.table)
  if not picture then
    return { title, "<p>" .. escape(figure.label) .. "</p>", numbers }
  end
  return {
    title, "<figure>",
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
  add("Memory", environment.memory and ("%.1f GiB"):format(environment.memory / 2 ^ 30))
  add("Load before", load and ("%.2f, %.2f, %.2f over 1, 5 and 15 minutes"):format(
    load[1], load[2], load[3]))
  add("Kernel", environment.kernel)
  add("Lua", environment.lua)
  add("Perilune", environment.perilune)
  add("Time", os.date("%Y-%m-%d %H:%M", environment.time))
  return rows
end

local function environment_section(judged)
  local parts = { "<h2>Where it was measured</h2>" }
  for _, warning in ipairs(judged.warnings or {}) do
    parts[#parts + 1] = '<p class="note">Busy machine: ' .. escape(warning) .. "</p>"
  end
  parts[#parts + 1] = html.table({ caption = "Machine and versions",
    columns = { "What", "Value" }, rows = environment_rows(judged.environment) })
  return parts
end

local function sections_of(model)
  local list = { { id = "criteria", "<h2>Criteria</h2>", criteria(model.judged) } }
  local profile = profile_section(model.recorded)
  profile.id = "profile"
  list[#list + 1] = profile
  for i, figure in ipairs(model.figures) do
    local section = figure_section(figure, model.pictures and model.pictures[i])
    section.id = "figure" .. i
    list[#list + 1] = section
  end
  local environment = environment_section(model.judged)
  environment.id = "environment"
  list[#list + 1] = environment
  return list
end

local function contents(sections)
  local links = {}
  for i, section in ipairs(sections) do
    links[i] = ('<li><a href="#%s">%s</a></li>'):format(
      section.id, section[1]:match("<h2>(.*)</h2>"))
  end
  return '<nav aria-label="Contents"><ul>' .. table.concat(links) .. "</ul></nav>"
end

local function header(model)
  local judged = model.judged
  local lines = {
    ("<h1>Exercise %d: %s</h1>"):format(judged.exercise, escape(judged.title)),
    ('<p class="lead"><span class="verdict %s">%s</span> %s · %s · seed %s</p>'):format(
      judged.verdict, judged.verdict, escape(report.summary(judged)), escape(model.file),
      escape(judged.seed)),
  }
  if model.missing then
    lines[#lines + 1] = '<p class="note">There are no charts here, but all their numbers: '
      .. prose(model.missing) .. "</p>"
  end
  return table.concat(lines, "\n")
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

---@param model PageModel
---@param template string with `<!-- title -->` and so on
---@return string
function page.render(model, template)
  local sections = sections_of(model)
  local parts = {}
  for i, section in ipairs(sections) do
    parts[i] = ('<section id="%s">\n%s\n</section>'):format(
      section.id, table.concat(section, "\n"))
  end
  local places = {
    title = ("Exercise %d: %s"):format(model.judged.exercise, escape(model.judged.title)),
    header = header(model), contents = contents(sections), sections = table.concat(parts, "\n"),
    again = ("<code>perilune report %d</code>"):format(model.judged.exercise),
  }
  return (template:gsub("<!%-%- (%a+) %-%->", places))
end

return page
