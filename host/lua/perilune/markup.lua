--- Text in HTML and XML.

local markup = {}

local ESCAPES <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

--- For the content of an element, or an attribute in double quotation marks.
---@param text string
---@return string
function markup.escape(text)
  return (text:gsub('[&<>"]', ESCAPES))
end

return markup
