--- What cut.lua has, and a whole answer, with a reset afterwards.
local answer = require("spec.fetch.hostile.answer")
local cut = require("spec.fetch.hostile.cut")

-- A reset may overtake what was sent; so it is given time.
local DELAY <const> = 5 -- ms

local function answerer(text)
  return function(connection)
    if text ~= "" then
      connection:send(text)
      connection:pause(DELAY)
    end
    connection:reset()
  end
end

local reset = { after = answerer(answer.whole("hello\n")) }

for name, text in pairs(cut) do reset[name] = answerer(text) end

return reset
