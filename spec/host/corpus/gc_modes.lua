-- The collector's modes and answers, ephemerons, resurrection, and finalisers that make more.
print(collectgarbage("incremental"), collectgarbage("generational"), collectgarbage("incremental", 100, 200, 10))
print(collectgarbage("setpause", 150), collectgarbage("setpause", 200), collectgarbage("setstepmul", 300), collectgarbage("setstepmul", 100))
print(collectgarbage("stop"), collectgarbage("isrunning"), collectgarbage("restart"), collectgarbage("isrunning"))
print(type(collectgarbage("count")), collectgarbage("collect"), collectgarbage("step", 0) ~= nil)
for _, mode in ipairs({ "incremental", "generational" }) do
  collectgarbage(mode)
  local weak = setmetatable({}, { __mode = "k" })
  do
    local key, other = {}, {}
    weak[key], weak[other] = other, "value"
    weak[{}] = {}
  end
  collectgarbage() collectgarbage()
  print(mode, next(weak))
  local values = setmetatable({ {}, "text", 5, print }, { __mode = "v" })
  collectgarbage()
  print(values[1], values[2], values[3], values[4] == print)
  local saved
  do local _ = setmetatable({ n = 1 }, { __gc = function(o) saved = o end }) end
  collectgarbage()
  print(saved and saved.n)
  saved = nil
  collectgarbage()
  local order = {}
  for i = 1, 5 do setmetatable({}, { __gc = function() order[#order + 1] = i end }) end
  collectgarbage()
  print(table.concat(order, " "))
  local late = setmetatable({}, {})
  getmetatable(late).__gc = function() print("never marked") end
  late = nil
  collectgarbage()
  local old, n = {}, 0
  for i = 1, 100 do old[i] = setmetatable({}, { __gc = function() n = n + 1 end }) end
  collectgarbage()
  old = nil
  collectgarbage() collectgarbage()
  print(n)
end
local function again(n)
  if n > 0 then setmetatable({}, { __gc = function() io.write("end ", n, "\n") again(n - 1) end }) end
end
again(3)
local _ <const> = setmetatable({}, { __gc = function() print(pcall(collectgarbage)) end })
