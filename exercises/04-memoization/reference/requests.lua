--- Requests for fib(n) without a cache, for `perilune compare 4`.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local fib = dofile(here .. "../naive.lua").fib

---@param list integer[]
---@return integer sum of fib(n) for each n
local function requests(list)
  local sum = 0
  for i = 1, #list do
    sum = sum + fib(list[i])
  end
  return sum
end

return { requests = requests }
