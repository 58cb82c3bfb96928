--- What the pages of a batch share.

local html = require("perilune.lab.page.html")

local pages = { escape = html.escape, table = html.table }

-- The word and the class of a status or a verdict; nobody has to tell red from green.
local STATES <const> = {
  pass = { "passed", "pass" }, passed = { "passed", "pass" },
  fail = { "failed", "fail" }, failed = { "failed", "fail" },
  ["off limits"] = { "off limits", "off-limits" }, ["not judged"] = { "not judged", "fail" },
  inconclusive = { "inconclusive", "inconclusive" }, missing = { "missing", "inconclusive" },
  wait = { "not run", "wait" }, later = { "not run", "wait" },
  reader = { "for a reader", "reader" },
}

--- A status or a verdict.
---@param status string
---@return string html
function pages.state(status)
  local word, class = table.unpack(STATES[status])
  return ('<span class="verdict %s">%s</span>'):format(class, word)
end

---@param title string
---@param content string html
---@param class? string
---@return string html
function pages.section(title, content, class)
  return ('<section class="%s">\n<h2>%s</h2>\n%s\n</section>'):format(class or "",
    html.escape(title), content)
end

--- Puts a page together.
---@param template string with `<!-- title -->` and so on, as `perilune.lab.page` has it
---@param title string
---@param body string[] html
---@param again string the command that made it
---@return string
function pages.page(template, title, body, again)
  local places = {
    title = html.escape(title), cover = "", missing = "", again = html.escape(again),
    articles = "<article>\n" .. table.concat(body, "\n") .. "\n</article>",
  }
  return (template:gsub("<!%-%- (%a+) %-%->", places))
end

return pages
