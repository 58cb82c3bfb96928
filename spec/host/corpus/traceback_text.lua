local function level(n)
  if n > 0 then return (level(n - 1)) end
  return debug.traceback("message", 1)
end
print(level(2))
print(debug.traceback())
print(debug.traceback("with level 0", 0))
print(debug.traceback("no levels left", 50))
print(debug.traceback(nil), debug.traceback({}) ~= nil, debug.traceback(12))
print(type(debug.traceback(print)))
local function tail() return debug.traceback("tail") end
local function calls() return tail() end
print((calls()))
print(select(2, xpcall(string.rep, debug.traceback)))
print(select(2, xpcall(function() local x = nil; x() end, debug.traceback)))
local t = setmetatable({}, {
  __index = function() return debug.traceback("index") end,
  __add = function() return debug.traceback("add") end,
  __call = function() return debug.traceback("call") end,
  __close = function() print(debug.traceback("close")) end,
})
print(t.x)
print(t + 1)
print((t()))
do local _ <close> = t end
for v in function(_, c) if not c then return debug.traceback("iterator") end end do print(v) end
function global_function() return debug.traceback("global") end
print((global_function()))
local object = { field = { method = function() return debug.traceback("method") end } }
print((object.field:method()))
print((object.field.method()))
print(("x"):gsub("x", function() return debug.traceback("gsub") end))
local co = coroutine.create(function()
  local function inner() coroutine.yield() end
  inner()
  error("oops")
end)
print(debug.traceback(co))
coroutine.resume(co)
print(debug.traceback(co))
print(debug.traceback(co, "message"))
print(debug.traceback(co, nil, 1))
print(debug.traceback(co, "level", 5))
print(coroutine.resume(co))
print(debug.traceback(co))
print(pcall(debug.traceback, "x", "y"))
print(load("return debug.traceback('chunk')", "=(named)")())
print(load("return debug.traceback('string')")())
