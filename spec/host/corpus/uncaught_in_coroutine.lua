local co = coroutine.wrap(function(a)
  local function inner() coroutine.yield(a) error("inside") end
  inner()
end)
print(co(1))
co()
