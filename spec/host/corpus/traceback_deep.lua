local function descend(n)
  if n == 0 then return debug.traceback("deep") end
  return (descend(n - 1))
end
for _, depth in ipairs({ 5, 18, 19, 20, 21, 22, 100 }) do print(descend(depth)) end
