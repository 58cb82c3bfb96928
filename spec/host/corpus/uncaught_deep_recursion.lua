local function descend(n)
  if n == 0 then error("bottom") end
  descend(n - 1)
  return n
end
descend(60)
