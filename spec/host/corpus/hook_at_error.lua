debug.sethook(function(event, line)
  local info = debug.getinfo(2, "Snl")
  print(event, line, info.what, info.name, info.currentline)
end, "crl")
local function fail() error("E") end
fail()
