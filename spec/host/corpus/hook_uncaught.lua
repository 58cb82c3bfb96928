local function spin()
  local n = 0
  while true do n = n + 1 end
end
debug.sethook(function(event) error("time is up: " .. event) end, "", 100000)
spin()
