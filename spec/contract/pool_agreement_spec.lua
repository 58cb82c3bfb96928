--- Both versions of perilune.pool give the same results and errors, in random programs.
--- PERILUNE_SEED repeats a run whose seed a failure has named.
local native = require("perilune.native.pool")
local pools = require("spec.contract.pools")
local script = require("perilune.script.pool")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local ROUNDS <const> = SANITIZED and 4 or 40
local STEPS <const> = 25

local NAN <const> = 0 / 0
local shared = { "shared" }

-- Any value that can be sent; tables up to four deep.
local function random_value(random, depth)
  local plain = {
    random(-5, 300), random(0), random() * 1000, -0.0, NAN, math.huge, true, false, "",
    ("x"):rep(random(0, 100)), string.char(random(0, 255), random(0, 255)), shared, math.mininteger,
    random(50) == 1 and ("large"):rep(10000) or "small",
  }
  if depth > 0 and random(3) == 1 then
    local list = {}
    for i = 1, random(0, 5) do list[i] = random_value(random, depth - 1) end
    for _ = 1, random(0, 3) do list["k" .. random(9)] = random_value(random, depth - 1) end
    if random(5) == 1 then list.self = list end
    return list
  end
  return plain[random(#plain)]
end

-- A text that is the same for the same values, with the same tables shared.
local function text_of(value, seen)
  if math.type(value) == "float" then return ("%a"):format(value):gsub("^-nan", "nan") .. "f" end
  if pools.is_error(value) then
    return ("Error %s %s at %s: %s"):format(value.code, value.message:gsub("0x%x+", ""),
      value.index, text_of(value.value, { n = 0 }))
  elseif type(value) ~= "table" then
    return math.type(value) and tostring(value) or ("%q"):format(value)
  elseif seen[value] then
    return "<" .. seen[value] .. ">"
  end
  seen.n = seen.n + 1
  seen[value] = seen.n
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do parts[i] = tostring(key) .. "=" .. text_of(value[key], seen) end
  return "{" .. table.concat(parts, " ") .. "}"
end

local function describe_all(list)
  local parts, seen = {}, { n = 0 }
  for i = 1, list.n do parts[i] = text_of(list[i], seen) end
  return table.concat(parts, ", ")
end

local function outcome(fn, ...)
  return describe_all(table.pack(pcall(fn, ...)))
end

-- Steps of a program. Each takes a version's player and the step's plan, and gives a text.
local play = {}

function play.submit(self, plan)
  local future = self.pool:submit(self.tasks[plan.task], table.unpack(plan.values))
  self.futures[#self.futures + 1] = future
  return "submitted"
end

function play.result(self, plan)
  local future = self.futures[plan.number % (#self.futures + 1)]
  if not future then return "no future" end
  if plan.by_error then return describe_all(table.pack(future:error())) end
  return outcome(future.result, future)
end

function play.map(self, plan)
  return outcome(self.pool.map, self.pool, self.tasks[plan.task], plan.values,
    { chunksize = plan.chunksize, on_error = plan.on_error })
end

local function loop(self, plan)
  local i, texts, items = 0, {}, plan.values
  if plan.iterator then
    items = function()
      i = i + 1
      if i <= #plan.values then return i, plan.values[i] end
    end
  end
  local options = {
    chunksize = plan.chunksize, on_error = plan.on_error, ordered = plan.ordered,
    window = plan.window,
  }
  for index, one, two in self.pool:imap(self.tasks[plan.task], items, options) do
    texts[#texts + 1] = index .. ": " .. describe_all({ one, two, n = 2 })
    if plan.ordered and index == plan.last then break end
  end
  if not plan.ordered then table.sort(texts) end
  return table.concat(texts, "\n")
end

function play.imap(self, plan)
  local ok, text = pcall(loop, self, plan)
  return ok and text or text_of(text, { n = 0 })
end

function play.all(self)
  local texts = {}
  for future in self.module.as_completed(self.futures) do
    texts[#texts + 1] = describe_all(table.pack(future:error()))
  end
  table.sort(texts)
  return table.concat(texts, "\n")
end

local names = { "submit", "submit", "submit", "result", "result", "map", "imap", "all" }

-- Where chance decides how far tasks have come, nothing may depend on it: no loop is left before
-- its end where tasks keep a state or come in no order.
local function random_plan(random, stateful)
  local plan = {
    step = names[random(#names)], number = random(1000), by_error = random(2) == 1,
    task = stateful and random(3) == 1 and "count" or ({ "echo", "fail_sometimes", "pair",
      "fail_sometimes", "unsendable_sometimes", "exit_sometimes" })[random(6)],
    values = {}, iterator = random(2) == 1, ordered = random(2) == 1,
    chunksize = ({ "auto", 1, 3, 50 })[random(4)], window = ({ 1, 2, 7, 100 })[random(4)],
    last = random(20),
  }
  for i = 1, random(0, 12) do plan.values[i] = random_value(random, 3) end
  plan.on_error = plan.ordered and not stateful and random(2) == 1 and "raise" or "return"
  if stateful then plan.last = nil end
  return plan
end

local function new_player(module, options)
  return {
    module = module, pool = module.new(options), tasks = pools.tasks(), futures = {},
  }
end

describe("both versions of pool", function()
  local seed = ("seed %d"):format(SEED)

  -- With one worker, whose tasks come in order, tasks may keep a state.
  local function round(random)
    local stateful = random(2) == 1
    local options = {
      workers = stateful and 1 or random(3), timeline = random(3) == 1,
    }
    if not stateful and random(3) == 1 then options.max_tasks_per_worker = random(1, 20) end
    local players = { new_player(script, options), new_player(native, options) }
    for step = 1, STEPS do
      local plan = random_plan(random, stateful)
      local expected = play[plan.step](players[1], plan)
      local got = play[plan.step](players[2], plan)
      assert.equal(expected, got, ("%s, step %d, %s"):format(seed, step, plan.step))
    end
    for _, player in ipairs(players) do player.pool:close() end
  end

  it("agree, " .. seed, function()
    math.randomseed(SEED)
    local processes = pools.count_processes()
    for _ = 1, ROUNDS do round(math.random) end
    pools.assert_none_left(processes)
  end)
end)
