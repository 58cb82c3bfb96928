--- The shop's evening report. Reads orders.csv, which lies beside this script, and prints who
--- bought most, what came last, what the weekdays bring, and the ledger's length and control sum.
---
--- slow_script.lua with five functions repaired; repairs.lua lists them. It runs beside orders.csv.

local HERE = arg[0]:match("^.*/") or ""
local SHOWN = 10
local WEEKDAYS = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }

local function read_orders(path)
  local orders = {}
  for line in io.lines(path) do
    local id, date, customer, quantity, cents = line:match(
      "^(%d+),([%d-]+),(%w+),(%d+),(%d+)$")
    if id then
      orders[#orders + 1] = {
        id = id, date = date, customer = customer,
        quantity = math.tointeger(quantity), cents = math.tointeger(cents),
      }
    end
  end
  return orders
end

-- The export lists some orders twice.
local function drop_repeated(orders)
  local kept, seen = {}, {}
  for _, order in ipairs(orders) do
    if not seen[order.id] then
      seen[order.id] = true
      kept[#kept + 1] = order
    end
  end
  return kept
end

local function parse_date(text)
  local year, month, day = text:match("^(%d+)-(%d+)-(%d+)$")
  return (tonumber(year) * 12 + tonumber(month)) * 31 + tonumber(day)
end

local function sort_by_date(orders)
  local days = {}
  for _, order in ipairs(orders) do
    days[order] = parse_date(order.date)
  end
  table.sort(orders, function(a, b)
    local day_a, day_b = days[a], days[b]
    if day_a == day_b then
      return a.id < b.id
    end
    return day_a < day_b
  end)
end

local function revenue(orders)
  local cents = 0
  for i = 1, #orders do
    cents = cents + orders[i].quantity * orders[i].cents
  end
  return cents
end

local function rank_customers(orders)
  local spent = {}
  for _, order in ipairs(orders) do
    spent[order.customer] = (spent[order.customer] or 0) + order.quantity * order.cents
  end
  local ranking, all = {}, revenue(orders)
  for customer, cents in pairs(spent) do
    local share = 100 * cents / all
    ranking[#ranking + 1] = { customer = customer, cents = cents, share = share }
  end
  table.sort(ranking, function(a, b)
    return a.cents > b.cents or a.cents == b.cents and a.customer < b.customer
  end)
  return ranking
end

local function newest_first(orders)
  local list, count = {}, #orders
  for i, order in ipairs(orders) do
    list[count + 1 - i] = order
  end
  return list
end

-- How many orders came in on each weekday, by month.
local function weekday_grid(orders)
  local grid = {}
  for month = 1, 12 do
    grid[month] = {}
    for weekday = 1, 7 do
      grid[month][weekday] = 0
    end
  end
  for _, order in ipairs(orders) do
    local year, month, day = order.date:match("(%d+)-(%d+)-(%d+)")
    local time = os.time({ year = year, month = month, day = day, hour = 12 })
    local row, weekday = grid[tonumber(month)], tonumber(os.date("%w", time)) + 1
    row[weekday] = row[weekday] + 1
  end
  return grid
end

local function ledger_text(orders)
  local lines = {}
  for i, order in ipairs(orders) do
    lines[i] = ("%s %s %s %d x %.2f\n"):format(
      order.date, order.id, order.customer, order.quantity, order.cents / 100)
  end
  return table.concat(lines)
end

-- Adler-32: two sums over every byte.
local function control_sum(text)
  local a, b = 1, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b << 16 | a
end

local function print_ranking(ranking)
  print("Best customers")
  for i = 1, math.min(SHOWN, #ranking) do
    local r = ranking[i]
    print(("  %-6s %10.2f %6.2f %%"):format(r.customer, r.cents / 100, r.share))
  end
end

local function print_latest(latest)
  print("Latest orders")
  for i = 1, math.min(SHOWN, #latest) do
    print(("  %s  %s  %s"):format(latest[i].date, latest[i].id, latest[i].customer))
  end
end

local function print_grid(grid)
  print("Orders by weekday")
  print("  month " .. table.concat(WEEKDAYS, "   "))
  for month, row in ipairs(grid) do
    local cells = {}
    for weekday, count in ipairs(row) do
      cells[weekday] = ("%6d"):format(count)
    end
    print(("  %4d%s"):format(month, table.concat(cells)))
  end
end

local orders = drop_repeated(read_orders(HERE .. "orders.csv"))
sort_by_date(orders)
local ledger = ledger_text(orders)
print(("%d orders, %.2f in all"):format(#orders, revenue(orders) / 100))
print_ranking(rank_customers(orders))
print_latest(newest_first(orders))
print_grid(weekday_grid(orders))
print(("Ledger: %d bytes, control sum %08x"):format(#ledger, control_sum(ledger)))
