--- Data to time with. The check makes its own with the same function and other seeds.

---@param n integer how many
---@param seed? integer the same seed gives the same list (default 1)
---@return integer[] list n integers in 1..4n; about one value in ten occurs more than once
return function(n, seed)
  math.randomseed(seed or 1)
  local list = {}
  for i = 1, n do
    list[i] = math.random(4 * n)
  end
  return list
end
