--- The pages of a batch: plain html without scripts, in the reader's own colours.

local html = {}

local ESCAPES <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local STYLE <const> = [[
:root { color-scheme: light dark; --text: #1d2125; --dim: #59636e; --back: #fff; --line: #d5dae0;
  --good: #17663a; --bad: #a4222c; --open: #7a5300; --bar: #3d74b8; --soft: #eef1f5 }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e7ec; --dim: #a0a9b4; --back: #14171b; --line: #363d46; --good: #6cc48d;
    --bad: #f2888d; --open: #dcb04e; --bar: #6ea2e0; --soft: #20252b } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1.25rem 4rem; background: var(--back);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0 } .dim { color: var(--dim) }
a { color: inherit; text-underline-offset: .15em }
a:focus-visible { outline: 2px solid var(--bar); outline-offset: 2px }
table { border-collapse: collapse; width: 100% } .wide { overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid var(--line) }
th { font-weight: 600 } tbody th { min-width: 8rem }
thead th { color: var(--dim); font-size: .875rem }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.pass { color: var(--good) } .fail { color: var(--bad) } .open { color: var(--open) }
.state { font-weight: 600; white-space: nowrap }
code, pre { font: .875rem/1.5 ui-monospace, monospace }
pre { background: var(--soft); padding: .6rem .75rem; margin: .5rem 0; overflow-x: auto;
  border-radius: .25rem }
blockquote { margin: .5rem 0; padding-left: .75rem; border-left: 3px solid var(--line);
  white-space: pre-line }
ul { margin: .25rem 0; padding-left: 1.1rem }
td p { margin: 0; overflow-wrap: anywhere } td * + p { margin-top: .25rem }
.track { background: var(--soft); min-width: 8rem; height: .8rem; margin-top: .35rem }
.fill { background: var(--bar); height: 100% }
svg text { fill: var(--text); font: 13px system-ui, sans-serif } svg .dim { fill: var(--dim) }
svg rect { fill: var(--bar) } svg line { stroke: var(--line) }
@media print { body { max-width: none; padding: 0 } }
]]

---@param text any
---@return string
function html.escape(text)
  return (tostring(text):gsub("[\0-\8\11\12\14-\31]", "?"):gsub('[&<>"]', ESCAPES))
end

--- A page. The body is html already.
---@param title string
---@param body string[]
---@return string
function html.page(title, body)
  return table.concat({
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>',
    html.escape(title),
    '</title>\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>\n',
    STYLE, "</style>\n</head>\n<body>\n<main>\n", table.concat(body, "\n"),
    "\n</main>\n</body>\n</html>\n",
  })
end

-- Words beside the colours: nobody has to tell red from green.
local STATES <const> = {
  pass = { "passed", "pass" }, fail = { "failed", "fail" },
  ["off limits"] = { "off limits", "fail" }, inconclusive = { "inconclusive", "open" },
  wait = { "not run", "dim" }, later = { "not run", "dim" }, reader = { "for a reader", "open" },
  passed = { "passed", "pass" }, failed = { "failed", "fail" },
  missing = { "missing", "open" }, ["not judged"] = { "not judged", "fail" },
}

--- A status or a verdict.
---@param status string
---@return string html
function html.state(status)
  local word, class = table.unpack(STATES[status])
  return ('<span class="state %s">%s</span>'):format(class, word)
end

--- A table with a caption for those who do not see it.
---@param heads {[1]: string, [2]: string?}[] text and class
---@param rows string[][] html cells, the first names its row
---@return string html
function html.table(heads, rows)
  local lines = { '<div class="wide"><table>\n<thead><tr>' }
  local function class_of(i)
    return heads[i][2] and (' class="%s"'):format(heads[i][2]) or ""
  end
  for i, head in ipairs(heads) do
    lines[#lines + 1] = ('<th scope="col"%s>%s</th>'):format(class_of(i), html.escape(head[1]))
  end
  lines[#lines + 1] = "</tr></thead>\n<tbody>"
  for _, row in ipairs(rows) do
    local cells = { ('<tr><th scope="row">%s</th>'):format(row[1]) }
    for i = 2, #row do
      cells[i] = ("<td%s>%s</td>"):format(class_of(i), row[i])
    end
    lines[#lines + 1] = table.concat(cells) .. "</tr>"
  end
  lines[#lines + 1] = "</tbody></table></div>"
  return table.concat(lines, "\n")
end

return html
