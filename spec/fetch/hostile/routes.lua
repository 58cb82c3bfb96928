--- What the hostile server answers at /ROOM/NAME[/ARGUMENT], by the file of that room:
---
---     plain       right answers: ok echo after/MS size/N chunked/N unmeasured
---     stall       that stop: before status headers body chunk last interim redirect
---     drip        a byte every so many ms: all/MS body/MS chunks/MS
---     endless     status headers header body length chunks bytes size extension trailers interim
---     cut         closed too early: before status line header headers body no_body size chunk last
---                 trailers redirect interim
---     reset       the same, and `after` a whole answer, with a reset
---     length      Content-Length: right long short zero negative plus ... two twice list chunked
---     chunks      sizes: right negative garbage huge overflow wrapped feeds short long ...
---     status      status lines: right garbage http09 nuls tls feeds version_2 letters huge ...
---     header      lines: nul bare_return bare_feed folded no_colon long too_long many/N same/N ...
---     interim     1xx: continue hints switching length unknown storm/N
---     bodiless    bodies where none may be: no_content reset_content not_modified chunked head
---     redirect    loop chain/N onward to?to=URL file ftp dict newline credentials ...; ?code=307
---     gzip        bomb/MIB nested/MIB endless truncated wrong_sum wrong_size garbage ...
---     early       before the request's body is read: answer refusal reset close stall
---     keep        after an answer: close told lie later/MS reset once surplus garbage
---     retry       N failures by key: unavailable/N limited/N broken/N missing/N reset/N close/N
---                 stall/N cut/N; one with Retry-After: after/VALUE date/SECONDS
---     cookie      Set-Cookie: plain two same other_domain top_domain path secure expired ...
---     random      random/SEED: drawn from all that is a fixed text above
---     log         log/KEY: what has come with ?key=KEY, as JSON
---
--- Names without an argument that are no functions are fixed texts, after which it closes.
local json = require("dkjson")
local answer = require("spec.fetch.hostile.answer")
local log = require("spec.fetch.hostile.log")
local random = require("spec.fetch.hostile.random")

local routes = {}

local ROOMS <const> = { "bodiless", "chunks", "cookie", "cut", "drip", "early", "endless", "gzip",
  "header", "interim", "keep", "length", "plain", "redirect", "reset", "retry", "stall", "status" }

---@class Route
---@field answer fun(connection: Connection, request: Request, argument: string?)
---@field is_early boolean? before the request's body is there

local function sender(text)
  return function(connection)
    if text ~= "" then connection:send(text) end
    connection:close()
  end
end

local rooms, texts = {}, {}

for _, room in ipairs(ROOMS) do
  rooms[room] = {}
  local names = {}
  for name, entry in pairs(require("spec.fetch.hostile." .. room)) do
    local is_text = type(entry) == "string"
    rooms[room][name] = { answer = is_text and sender(entry) or entry, is_early = room == "early" }
    if is_text then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    texts[#texts + 1] = require("spec.fetch.hostile." .. room)[name]
  end
end

local RANDOM <const> = { answer = random.answerer(texts) }

local LOG <const> = {
  answer = function(connection, _, key)
    connection:send(answer.whole(json.encode(log.get(key)), "Content-Type: application/json\r\n"))
  end,
}

local NOWHERE <const> = {
  answer = function(connection) connection:send(answer.whole("nothing is here\n", "", 404)) end,
}

--- Whose part a request is.
---@param request Request
---@return Route
---@return string? argument
function routes.find(request)
  local room, name, argument = table.unpack(request.path)
  if room == "random" then return RANDOM, name end
  if room == "log" then return LOG, name end
  return rooms[room] and rooms[room][name] or NOWHERE, argument
end

return routes
