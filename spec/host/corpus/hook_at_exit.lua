local seen = {}
local function record(event, line)
  local info = debug.getinfo(2, "Snl")
  seen[#seen + 1] = event
  print(event, line, info.what, info.namewhat, info.currentline)
end
kept = setmetatable({}, { __gc = function() print("finalised", (debug.gethook())) end })
local _ <close> = setmetatable({}, { __close = function() print("closed") end })
debug.sethook(record, "crl")
