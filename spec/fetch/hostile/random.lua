--- Answers drawn from a seed: the same one gives the same bytes, in the same pieces, and the same
--- end, within some 50 ms.
local answer = require("spec.fetch.hostile.answer")

local random = {}

local LONGEST <const> = 20000 -- bytes of an answer that is to be sent in pieces or spoilt
local PAUSES <const>, LONGEST_PAUSE <const> = 4, 10 -- ms
local ENDS <const> = { "close", "close", "reset", "reset", "keep" }

local function pick(list) return list[math.random(#list)] end

local function spoil_byte(text)
  local at = math.random(#text)
  return text:sub(1, at - 1) .. string.char(math.random(0, 255)) .. text:sub(at + 1)
end

local function cut(text) return text:sub(1, math.random(0, #text)) end

local function repeat_part(text)
  local from = math.random(#text)
  local to = math.random(from, #text)
  return text:sub(1, to) .. text:sub(from)
end

local function remove_part(text)
  local from = math.random(#text)
  return text:sub(1, from - 1) .. text:sub(math.random(from, #text) + 1)
end

local function insert_noise(text)
  local at, noise = math.random(0, #text), {}
  for i = 1, math.random(40) do noise[i] = string.char(math.random(0, 255)) end
  return text:sub(1, at) .. table.concat(noise) .. text:sub(at + 1)
end

local WAYS <const> = { spoil_byte, cut, repeat_part, remove_part, insert_noise }

local function right()
  local body = ("hello\n"):rep(math.random(0, 500))
  if math.random(2) == 1 then return answer.whole(body) end
  return answer.CHUNKED .. answer.chunk(body) .. answer.LAST_CHUNK
end

local function piece_of(texts)
  local text = math.random(4) == 1 and right() or pick(texts)
  for _ = 1, math.random(0, 3) do
    if #text > 0 and #text <= LONGEST then text = pick(WAYS)(text) end
  end
  return text
end

-- What is sent, in pieces; all that is drawn is drawn here.
local function draw(seed, texts)
  math.randomseed(seed)
  local text = piece_of(texts)
  if math.random(8) == 1 then text = text .. piece_of(texts) end
  local plan = { stop = pick(ENDS) }
  for _ = 1, #text <= LONGEST and math.random(0, PAUSES) or 0 do
    local at = math.random(0, #text)
    plan[#plan + 1] = { text = text:sub(1, at), pause = math.random(0, LONGEST_PAUSE) }
    text = text:sub(at + 1)
  end
  plan[#plan + 1] = { text = text, pause = 0 }
  return plan
end

local function carry_out(connection, plan)
  for _, piece in ipairs(plan) do
    if piece.text ~= "" then connection:send(piece.text) end
    if piece.pause > 0 then connection:pause(piece.pause) end
    if not connection.is_open then return end
  end
  if plan.stop == "reset" then return connection:reset() end
  if plan.stop == "keep" then connection:pause(LONGEST_PAUSE) end
  connection:close()
end

--- How the answers are made, given the texts of others.
---@param texts string[] in an order that is the same in every run
---@return fun(connection: Connection, request: Request, seed: string)
function random.answerer(texts)
  return function(connection, _, seed)
    carry_out(connection, draw(math.tointeger(seed) or 0, texts))
  end
end

return random
