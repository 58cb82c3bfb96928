--- What each path is answered with.

local dkjson = require("dkjson")
local reasons = require("perilune.serve.reasons")
local settings = require("perilune.serve.settings")

---@class perilune.serve.Answer
---@field status integer
---@field type string
---@field unit string the body is this, again and again
---@field length integer bytes of the body
---@field location? string

local answers = {}

local TEXT <const> = "text/plain; charset=utf-8"
local DIGITS <const> = "0123456789"
local STATS <const> = {
  "requests", "errors", "in_flight", "most_in_flight", "connections", "open",
}

local function answer(status, type, body)
  return { status = status, type = type, unit = body, length = #body }
end

local function json(value, order)
  return answer(200, "application/json",
    dkjson.encode(value, { indent = true, keyorder = order }) .. "\n")
end

--- An answer that tells what is wrong.
---@param status integer
---@param reason? string
---@return perilune.serve.Answer
function answers.error(status, reason)
  local text = ("%d %s%s\n"):format(status, reasons[status], reason and ": " .. reason or "")
  return answer(status, TEXT, text)
end

local function ordinary(asked, own)
  local page = answer(200, TEXT, asked.target .. "\n")
  page.length = own.size or page.length
  return page, own
end

local function sorted_names(headers)
  local names = {}
  for name in pairs(headers) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function hexadecimal(text)
  return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- JSON holds text alone.
local function text_or_hex(body)
  if utf8.len(body) then return body end
  return nil, hexadecimal(body)
end

local function echo(asked, own)
  local names = sorted_names(asked.headers)
  local body, hex = text_or_hex(asked.body)
  local order = { "method", "target", "path", "query", "length", "body", "hex", "headers" }
  return json({
    method = asked.method, target = asked.target, path = asked.path, query = asked.query,
    length = #asked.body, body = body, hex = hex, headers = asked.headers,
  }, table.move(names, 1, #names, #order + 1, order)), own
end

local function headers(asked, own)
  return json(asked.headers, sorted_names(asked.headers)), own
end

local function stats(asked, counts)
  if asked.method == "DELETE" then counts:reset() end
  local figures = {}
  for _, name in ipairs(STATS) do figures[name] = counts[name] end
  return json(figures, STATS)
end

local function whole(text, least, most)
  local n = text:find("^%d+$") and math.tointeger(tonumber(text))
  return n and n >= least and n <= most and n
end

local function delay(asked, own, seconds)
  local latency, message = settings.read("latency", seconds)
  if not latency then return answers.error(400, message) end
  return ordinary(asked,
    { latency = latency, jitter = 0, errors = own.errors, size = own.size })
end

local function status(_, own, number)
  local code = whole(number, 200, 599)
  if not code then return answers.error(400, "/status/N has a number from 200 to 599") end
  local page = answers.error(code)
  if code == 205 then page.length = 0 end
  return page, own
end

local function bytes(_, own, number)
  local length = whole(number, 0, 1 << 40)
  if not length then return answers.error(400, "/bytes/N has a number of bytes") end
  return { status = 200, type = "application/octet-stream", unit = DIGITS, length = length }, own
end

local function redirect(asked, own, number)
  local count = whole(number, 0, math.maxinteger)
  if not count then return answers.error(400, "/redirect/N has a number of redirections") end
  if count == 0 then return ordinary(asked, own) end
  local moved = answers.error(302)
  moved.location = "/redirect/" .. count - 1 .. (asked.query ~= "" and "?" .. asked.query or "")
  return moved, own
end

local PAGES <const> = { ["/echo"] = echo, ["/headers"] = headers }
local NUMBERED <const> = { delay = delay, status = status, bytes = bytes, redirect = redirect }

--- Chooses the answer to a request.
---@param asked perilune.serve.Request
---@param server perilune.serve.Server
---@return perilune.serve.Answer
---@return perilune.serve.Settings? settings nil for what comes at once and is not counted
function answers.of(asked, server)
  if asked.path == "/stats" then return stats(asked, server.counts) end
  local own, message = settings.with(server.settings, asked.query)
  if not own then return answers.error(400, message) end
  local page = PAGES[asked.path]
  if page then return page(asked, own) end
  local name, number = asked.path:match("^/(%l+)/([^/]+)$")
  if NUMBERED[name] then return NUMBERED[name](asked, own, number) end
  return ordinary(asked, own)
end

return answers
