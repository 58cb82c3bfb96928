--- What the pages of a batch share.

local html = require("perilune.lab.page.html")

local pages = {}

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
  return html.page(template, places)
end

return pages
