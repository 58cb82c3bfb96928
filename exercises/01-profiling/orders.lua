--- What made orders.csv: a shop's export, which lists some orders twice. In this folder,
---
---   lua5.4 -e 'io.write(dofile("orders.lua")(9000))' > orders.csv
---
--- makes it again, byte for byte; another number makes a shorter or a longer one.

local CUSTOMERS = 3800

-- Knuth's MMIX generator: the same numbers under every version of Lua.
local function generator(state)
  return function(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
end

--- A day of 2025, as `2025-03-09`.
local function day(random)
  local time = os.time({ year = 2025, month = 1, day = random(365), hour = 12 })
  return os.date("%Y-%m-%d", time)
end

local function row(id, random)
  local customer = 1 + random(CUSTOMERS) * random(CUSTOMERS) // CUSTOMERS -- the first buy most
  return ("%d,%s,C%04d,%d,%d"):format(
    id, day(random), customer, random(9), 95 + 5 * random(980))
end

---@param n integer rows
---@param seed? integer (default 1)
---@return string text of a CSV file: a header, then n rows of which about one in 20 comes again
return function(n, seed)
  local random = generator(seed or 1)
  local rows = {}
  for i = 1, n do
    local again = i > 1 and random(20) == 1
    rows[i] = again and rows[random(i - 1)] or row(10000 + i, random)
  end
  return "order,date,customer,quantity,cents\n" .. table.concat(rows, "\n") .. "\n"
end
