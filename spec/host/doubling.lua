--- An exercise, to double numbers, that is judged with children and a bench which are told what to
--- do.
local doubling = {}

--- A child whose functions run here; a call that raises {message, code} is a child that died so.
local Child = {}
Child.__index = Child

function Child:functions()
  local names = {}
  for name in pairs(self.returned) do names[#names + 1] = name end
  table.sort(names)
  return names
end

function Child:put(...)
  self.arguments = table.pack(...)
  return true
end

function Child:call(name)
  local ok, result = pcall(self.returned[name], table.unpack(self.arguments))
  if not ok then return nil, table.unpack(result) end
  self.result = result
  return { cpu = self.cpu, wall = self.cpu }
end

function Child:each(name, list)
  local answers = {}
  for i, arguments in ipairs(list) do
    local ok, result = pcall(self.returned[name], table.unpack(arguments, 1, arguments.n))
    if not ok then return nil, table.unpack(result) end
    answers[i] = { n = 1, result }
  end
  return answers
end

function Child:count(name)
  local spent, message, code = self:call(name)
  if not spent then return nil, message, code end
  spent.instructions = self.arguments[1] ^ self.growth
  return spent
end

function Child:take() return self.result end

function Child:invoke(name, ...)
  self.arguments = table.pack(...)
  local spent, message, code = self:call(name)
  if not spent then return nil, message, code end
  return true, self.result
end

function Child.layers() return {} end

function Child:close() self.closed = true end

Child.__close = Child.close

local FOLDER <const> = "/exercise"
doubling.double = { double = function(n) return 2 * n end }

--- Starts children that return `own` (or naive) and remembers them.
function doubling.starter(own, options)
  options = options or {}
  local started = {}
  return function(given)
    local is_naive = given.file == FOLDER .. "/naive.lua"
    local child = setmetatable({
      returned = is_naive and { double_naive = doubling.double.double } or own,
      cpu = is_naive and 1 or options.cpu or 0.1,
      growth = options.growth or 1, given = given,
    }, Child)
    started[#started + 1] = child
    return child
  end, started
end

doubling.bench = {
  paired = function(measure, options)
    local a, b, message, code
    for pair = 1, 11 do
      a = measure("a", pair)
      b, message, code = measure("b", pair)
      if not b then return nil, message, code end
    end
    local ratio = a / b
    local verdict = ratio >= options.target and "pass" or "fail"
    return { ratio = ratio, low = ratio, high = ratio, verdict = verdict, pairs = 11,
      a = a, b = b }
  end,
  growth = function(points)
    if points[2].instructions == 0 then
      return { exponent = 0, class = "O(1)", by = "cpu" }
    end
    local exponent = math.log(points[2].instructions / points[1].instructions, 2)
    local class = ({ "O(n)", "O(n^2)" })[math.tointeger(exponent)]
    return { exponent = exponent, class = class, by = "instructions" }
  end,
}

local function cases()
  local list = {}
  for n = 1, 3 do list[n] = { label = "the number " .. n, arguments = table.pack(n) } end
  return list
end

function doubling.exercise_with(...)
  return {
    number = 7, name = "double", id = "07-double", folder = FOLDER, title = "Double",
    functions = { "double" }, concurrent = true,
    naive = { file = "naive.lua", name = "double_naive", growth = 2 },
    generate = function(n) return n end,
    expected = function(n) return 2 * n end,
    forbidden = { modules = { "doubling" }, reason = "it is what you write" },
    checks = { ... }, hints = {},
  }
end

doubling.RIGHT = { name = "right", label = "right", kind = "agrees", cases = cases }
doubling.FASTER = { name = "faster", label = "faster", kind = "faster", needs = { "right" },
  size = 100, target = 5, at = 1000 }
doubling.GROWTH = { name = "growth", label = "growth", kind = "growth", sizes = { 8, 16 },
  classes = { ["O(n)"] = true } }

return doubling
