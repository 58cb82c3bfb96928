--- A small exercise that is judged in milliseconds.
local RIGHT <const> = { status = "pass", detail = "fast enough" }

local function cases()
  local list = {}
  for i, n in ipairs({ 0, 1, -3, 50 }) do
    list[i] = { label = "the number " .. n, arguments = table.pack(n) }
  end
  return list
end

return {
  title = "Double & more",
  functions = { "double" },
  generate = function(n) return n end,
  expected = function(n) return 2 * n end,
  limits = { memory = 64 << 20, cpu = 0.3, wall = 10, output = 4096 },
  checks = {
    { name = "right", label = "right answers", kind = "agrees", cases = cases, hint = "2 * n" },
    { name = "quick", label = "quick", timed = true, needs = { "right" },
      decide = function() return RIGHT end },
    { name = "why", label = "explanation", kind = "prose", needs = { "right" },
      headings = { "Why" }, counted = { heading = "Why", low = 1, high = 2 },
      rubric = { "[2] twice", "[1] as much" } },
  },
  hints = { "a", "b", "c" },
}
