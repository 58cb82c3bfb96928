--- What the functions of perilune.bench take.

local arguments = require("perilune.arguments")

local refuse, shown = arguments.refuse, arguments.shown

local check = { options = {} }

local FUNCTION <const>, POSITIVE <const> = arguments.FUNCTION, arguments.POSITIVE
local COUNT <const> = arguments.FROM_1

check.options.timeit = {
  runs = COUNT, calls = COUNT, prepare = FUNCTION, min_time = POSITIVE,
  loop = arguments.BOOLEAN, clock = FUNCTION,
}
check.options.paired = { target = POSITIVE, min_pairs = COUNT, max_pairs = COUNT }
check.options.compare = {
  target = POSITIVE, min_pairs = COUNT, max_pairs = COUNT, prepare = FUNCTION,
}
check.options.scaling = { prepare = FUNCTION }

--- Sides to be ranked.
function check.sides(value)
  if type(value) ~= "table" then
    refuse(2, "ranked", "table expected, got " .. shown(value))
  elseif #value < 2 then
    refuse(2, "ranked", ("two sides expected at least, got %d"):format(#value))
  end
end

--- Sizes between which something may grow.
function check.sizes(value)
  if type(value) ~= "table" then
    refuse(2, "scaling", "table expected, got " .. shown(value))
  end
  local different = false
  for i, size in ipairs(value) do
    if not POSITIVE[2](size) then
      refuse(2, "scaling", ("item %d: a number above 0 expected, got %s"):format(i, shown(size)))
    end
    different = different or size ~= value[1]
  end
  if not different then refuse(2, "scaling", "two different sizes expected at least") end
end

return check
