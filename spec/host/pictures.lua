--- Pictures for the guide of what commands show: SVG, in the reader's light or dark colours.
local browser = require("spec.profiler.browser")
local escape = require("perilune.markup").escape
local pages = require("spec.cli.pages")

local pictures = {}

local LINE <const>, COLUMN <const>, MARGIN <const> = 20, 8.43, 16 -- pixels
local CLASSES <const> = { ["1"] = "bold", ["2"] = "dim", ["31"] = "red", ["32"] = "green",
  ["33"] = "yellow", ["36"] = "cyan" }

local TERMINAL <const> = [[
<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img" aria-label="%s">
<style>
rect { fill: #f6f8fa; stroke: #d8dee4; }
text { font: 14px ui-monospace, 'DejaVu Sans Mono', monospace; fill: #1f2328; white-space: pre; }
.bold { font-weight: bold; } .dim { fill: #59636e; } .red { fill: #c01c28; }
.green { fill: #1a7f37; } .yellow { fill: #875e00; } .cyan { fill: #0969da; }
@media (prefers-color-scheme: dark) {
  rect { fill: #161b22; stroke: #30363d; } text { fill: #e6edf3; } .dim { fill: #9198a1; }
  .red { fill: #ff7b72; } .green { fill: #3fb950; } .yellow { fill: #d9a514; }
  .cyan { fill: #58a6ff; }
}
</style>
<rect x="0.5" y="0.5" width="%d" height="%d" rx="6"/>
%s
</svg>
]]

--- A line's text, in spans of a colour, which may go on from the line before.
local function spans(line, class)
  local parts = {}
  for text, codes in (line .. "\27[m"):gmatch("([^\27]*)\27%[([%d;]*)m") do
    local escaped = escape(text)
    if text ~= "" then
      parts[#parts + 1] = class and ('<tspan class="%s">%s</tspan>'):format(class, escaped)
        or escaped
    end
    if codes ~= "" then class = CLASSES[codes] end
  end
  return table.concat(parts), class
end

--- What a terminal shows.
---@param label string
---@param output string with its colours
---@return string
function pictures.terminal(label, output)
  local lines, columns, class = {}, 0, nil
  for line in output:gsub("\r", ""):gsub("\n*$", "\n"):gmatch("([^\n]*)\n") do
    local text
    columns = math.max(columns, utf8.len((line:gsub("\27%[[%d;]*m", ""))))
    text, class = spans(line, class)
    lines[#lines + 1] = ('<text x="%d" y="%d" xml:space="preserve">%s</text>'):format(MARGIN,
      MARGIN + 14 + LINE * #lines, text)
  end
  local width = math.ceil(2 * MARGIN + COLUMN * columns)
  local height = 2 * MARGIN + LINE * #lines
  return TERMINAL:format(width, height, escape(label), width - 1, height - 1,
    table.concat(lines, "\n"))
end

local PAGE <const> = [[
<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 -16 %d %d" role="img" aria-label="%s">
<style>
text { font-family: system-ui, sans-serif; }
%s
@media (prefers-color-scheme: dark) {
%s
}
</style>
<rect class="ground" x="-16" y="-16" width="100%%" height="100%%"/>
%s
</svg>
]]

--- Rules for the colours that a style sheet gives its variables.
local function colours(variables)
  local rules = {}
  for name, value in variables:gmatch("%-%-(%l+): (#%x+);") do
    rules[#rules + 1] = (".%s { fill: %s; } line.%s { stroke: %s; }"):format(name, value, name,
      value)
  end
  return table.concat(rules, "\n")
end

--- What a browser shows of a page's main part.
---@param path string
---@return string
function pictures.page(path)
  local html = pages.read(path)
  local page <close> = browser.open("file://" .. path:gsub(" ", "%%20"))
  page:wait("document.readyState == 'complete'")
  local drawing = page:evaluate(pages.read("spec/host/drawing.js"))
  local light, dark = html:match(":root {(.-)}.-:root {(.-)}")
  return PAGE:format(drawing.width + 32, drawing.height + 32, html:match("<title>(.-)</title>"),
    colours(light), colours(dark), drawing.shapes)
end

local ENTITIES <const> = { lt = "<", gt = ">", amp = "&", quot = '"' }

--- The words of a page's main part, or of a picture of it, wherever they stand.
---@param text string
---@return string
function pictures.words(text)
  local shown = text:match("<main.*</main>") or text:match("</style>.*")
  return (shown:gsub("%b<>", " "):gsub("&#(%d+);", utf8.char):gsub("&(%l+);", ENTITIES)
    :gsub("%s+", " "))
end

return pictures
