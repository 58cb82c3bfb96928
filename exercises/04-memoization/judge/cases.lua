--- What is asked of a student's own `memoize`: scenarios of calls, by topic, the smallest first.
---
--- A scenario is {label, functions, steps, outcomes}: how many functions are memoised; the calls,
--- packed arguments with the number `f` of the function; and what the memoised functions do at
--- their first, second, third call: packed results, or {n = 1, value, raises = true}.

local cases = {}

local p = table.pack

local function raise(value)
  return { n = 1, value, raises = true }
end

--- A call of the second memoised function.
local function second(...)
  local step = p(...)
  step.f = 2
  return step
end

--- Results 10, 20, 30 and so on where none are given.
local function case(label, steps, outcomes)
  local functions = 1
  for _, step in ipairs(steps) do
    step.f = step.f or 1
    functions = math.max(functions, step.f)
  end
  outcomes = outcomes or {}
  for i = #outcomes + 1, #steps do
    outcomes[i] = p(10 * i)
  end
  return { label = label, functions = functions, steps = steps, outcomes = outcomes }
end

--- One argument, one result. No two of these share a call: a cache that is wrongly shared is seen
--- where it is asked for.
function cases.once()
  return {
    case("one call", { p(1) }),
    case("the same call twice", { p(2), p(2) }),
    case("the same call three times", { p("a"), p("a"), p("a") }),
    case("two arguments in turn", { p(3), p(4), p(3), p(4) }),
    case("two memoised functions", { p(5), second(5), p(5), second(5) }),
  }
end

function cases.nils()
  return {
    case("no argument, twice", { p(), p() }),
    case("nil as an argument", { p(nil), p(nil) }),
    case("nil as a result", { p(1), p(1) }, { p(nil) }),
    case("false as a result", { p(1), p(1) }, { p(false) }),
    case("false as an argument", { p(false), p(false) }),
    case("f() and f(nil)", { p(), p(nil), p(), p(nil) }),
    case("f(nil) and f(false)", { p(nil), p(false), p(nil), p(false) }),
    case("nil before a value", { p(nil, 1), p(1), p(nil, 1), p(1) }),
    case("nil behind a value", { p(1, nil), p(1), p(1, nil), p(1) }),
    case("nil between values", { p(1, nil, 2), p(1, 2), p(1, nil, 2), p(1, 2) }),
    case("one nil and two", { p(nil), p(nil, nil), p(nil), p(nil, nil) }),
  }
end

local SEPARATORS <const> = {
  "", ",", ", ", ";", ":", "|", "/", "-", "_", " ", ".", "#", "&", "\0", "\1", "\n", "\t",
}

--- Strings that look like two arguments joined to a key.
local function add_joined(list)
  for _, separator in ipairs(SEPARATORS) do
    local steps = { p("a", "b") }
    for i, between in ipairs({ "", "string", "string:" }) do
      steps[i + 1] = p("a" .. separator .. between .. "b")
    end
    steps[5] = p("a", "b")
    list[#list + 1] = case(("(\"a\", \"b\") and (\"a%sb\")"):format(separator), steps)
  end
  return list
end

function cases.arguments()
  local one, two = { 1 }, { 1 }
  local many, other = p(1, 2, 3, 4, 5, 6, 7, 8, 9), p(1, 2, 3, 4, 5, 6, 7, 8, 0)
  return add_joined({
    case("(1, 2) and (2, 1)", { p(1, 2), p(2, 1), p(1, 2), p(2, 1) }),
    case("(1) and (1, 2)", { p(1), p(1, 2), p(1), p(1, 2) }),
    case("(1, 2) and (12)", { p(1, 2), p(12), p(1, 2) }),
    case("1 and \"1\"", { p(1), p("1"), p(1), p("1") }),
    case("true and \"true\"", { p(true), p("true"), p(true) }),
    case("nil and \"nil\"", { p(nil), p("nil"), p(nil) }),
    case("() and (\"\")", { p(), p(""), p() }),
    case("(\"ab\", \"c\") and (\"a\", \"bc\")", { p("ab", "c"), p("a", "bc"), p("ab", "c") }),
    case("(1, \"2\") and (\"1\", 2)", { p(1, "2"), p("1", 2), p(1, "2") }),
    case("one table twice", { p(one), p(one) }),
    case("two tables that look alike", { p(one), p(two), p(one) }),
    case("nine arguments", { many, other, many, other }),
  })
end

function cases.results()
  return {
    case("two results", { p(1), p(1) }, { p(10, 20) }),
    case("no result", { p(1), p(1) }, { p() }),
    case("a nil, then a result", { p(1), p(1) }, { p(nil, 20) }),
    case("a result, then a nil", { p(1), p(1) }, { p(10, nil) }),
    case("nil and a message", { p("x"), p("x") }, { p(nil, "no such file") }),
    case("nils among results", { p(1), p(1) }, { p(nil, 20, nil, nil) }),
    case("different numbers of results", { p(1), p(2), p(1), p(2) }, { p(10, 20, 30), p(40) }),
    case("a table as a result", { p(1), p(1) }, { p({ "a" }) }),
  }
end

function cases.errors()
  return {
    case("an error, then a result", { p(1), p(1), p(1) }, { raise("no such file"), p(10) }),
    case("the same error twice", { p(1), p(1) }, { raise("not yet"), raise("not yet") }),
    case("two errors", { p(1), p(1), p(1) }, { raise("busy"), raise("closed"), p(10) }),
    case("an error that is a table", { p(1), p(1) }, { raise({ code = 404 }), p(10) }),
    case("an error beside a known result", { p(1), p(2), p(1), p(2) },
      { p(10), raise("no such file"), p(20) }),
  }
end

local LABEL <const> = "random calls"
local VALUES <const> = {
  1, 2, "1", "2", "", ",", "a", "a,a", "nil", "a\0a", "\0", "|", "true", "1,2", true, false, 1.5,
}

local function random_pack(most)
  local values = { n = math.random(0, most) }
  for i = 1, values.n do
    if math.random(6) > 1 then
      values[i] = VALUES[math.random(#VALUES)]
    end
  end
  return values
end

--- A call that was made before, or a new one.
local function random_step(steps)
  local step = random_pack(3)
  step.f = math.random(2)
  if #steps > 0 and math.random(2) == 1 then
    local earlier = steps[math.random(#steps)]
    step = table.move(earlier, 1, earlier.n, 1, { n = earlier.n, f = earlier.f })
  end
  return step
end

function cases.random(seed)
  math.randomseed(seed)
  local list = {}
  for i = 1, 150 do
    local steps, outcomes = {}, {}
    for j = 1, 2 + i // 15 do
      steps[j] = random_step(steps)
      outcomes[j] = math.random(8) == 1 and raise("error " .. j) or random_pack(2)
      if outcomes[j].n > 0 and not outcomes[j].raises then
        outcomes[j][1] = 10 * j
      end
    end
    list[i] = case(LABEL, steps, outcomes)
  end
  return list
end

return cases
