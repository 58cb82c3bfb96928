--- The definition as it stands: each call makes two more.

---@param n integer from 0 on
---@return integer
local function fib(n)
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end

return { fib = fib }
