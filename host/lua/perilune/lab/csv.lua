--- Comma-separated values, as RFC 4180 has them.

local csv = {}

--- One field from `at` on, and where its separator is.
local function field(text, at)
  if text:sub(at, at) ~= '"' then
    local value, past = text:match("^([^,\r\n]*)()", at)
    return value, past
  end
  local parts, from = {}, at + 1
  while true do
    local quote = text:find('"', from, true)
    if not quote then
      return nil
    end
    parts[#parts + 1] = text:sub(from, quote - 1)
    if text:sub(quote + 1, quote + 1) ~= '"' then
      return table.concat(parts, '"'), quote + 1
    end
    from = quote + 2
  end
end

local function line_at(text, at)
  local _, breaks = text:sub(1, at):gsub("\n", "")
  return breaks + 1
end

--- Rows of fields. Lines without anything are none.
---@param text string
---@return string[][]? rows
---@return string? message
function csv.read(text)
  local rows, row, at = {}, {}, text:find("^\xEF\xBB\xBF") and 4 or 1
  while at <= #text do
    local value, past = field(text, at)
    if not value then
      return nil, ("line %d: a quotation mark is not closed"):format(line_at(text, at))
    end
    row[#row + 1] = value
    local separator, after = text:match("^(,)()", past)
    if not separator then
      separator, after = text:match("^(\r?\n)()", past)
      if not separator and past <= #text then
        return nil, ("line %d: text after a closing quotation mark"):format(line_at(text, past))
      end
      rows[#rows + 1] = (#row > 1 or row[1] ~= "") and row or nil
      row = {}
    elseif after > #text then
      row[#row + 1] = ""
    end
    at = after or #text + 1
  end
  rows[#rows + 1] = #row > 0 and row or nil
  return rows
end

--- Rows as tables by the names in the first row.
---@param text string
---@return table<string, string>[]? records
---@return string[]|string names or a message
function csv.records(text)
  local rows, message = csv.read(text)
  if not rows then
    return nil, message
  elseif #rows == 0 then
    return nil, "it is empty: a first line with the names of the columns is needed"
  end
  local names, records = table.remove(rows, 1), {}
  for i, row in ipairs(rows) do
    records[i] = {}
    for j, name in ipairs(names) do
      records[i][name] = row[j] or ""
    end
  end
  return records, names
end

--- A spreadsheet takes some texts for formulas; a blank apostrophe in front keeps it from that.
local function harmless(text)
  return (text:find("^[=+@\t\r]") or text:find("^%-%D")) and "'" .. text or text
end

local function quoted(value)
  local text = type(value) == "string" and harmless(value) or tostring(value)
  return text:find('[",\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

---@param rows any[][] of strings and numbers
---@return string text
function csv.write(rows)
  local lines = {}
  for i, row in ipairs(rows) do
    local fields = {}
    for j, value in ipairs(row) do
      fields[j] = quoted(value)
    end
    lines[i] = table.concat(fields, ",") .. "\r\n"
  end
  return table.concat(lines)
end

return csv
