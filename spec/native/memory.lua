--- How much memory Lua holds.
local memory = {}

--- What Lua keeps for itself, in kilobytes: room in its table of strings and in that of the tokens.
memory.slack = 64

--- A collection halves Lua's table of strings at most: collects until nothing more goes.
function memory.kilobytes()
  local before, now = math.huge, collectgarbage("count")
  while now < before do
    collectgarbage()
    before, now = now, collectgarbage("count")
  end
  return now
end

return memory
