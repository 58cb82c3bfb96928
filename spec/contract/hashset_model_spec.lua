--- A million random operations on two sets (a tenth of that under sanitizers), each compared with a
--- plain table. PERILUNE_SEED repeats a run whose seed a failure has named.
local kinds = require("spec.contract.kinds")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local OPERATIONS <const> = SANITIZED and 100000 or 1000000
local CHECK_EVERY <const> = 4000

local function universe()
  local values = { true, false, print, io.stdout, math.huge, -math.huge, math.mininteger }
  for i = 1, 150 do
    values[#values + 1] = i
    values[#values + 1] = i << 40
    values[#values + 1] = i / 7
    values[#values + 1] = "short " .. i
    values[#values + 1] = ("long"):rep(15) .. i
    values[#values + 1] = { i }
  end
  return values
end

-- The table that a set must agree with.
local Model = {}
Model.__index = Model

local function new_model() return setmetatable({ members = {}, count = 0 }, Model) end

function Model:contains(value) return self.members[value] == true end

function Model:add(value)
  if self.members[value] then return false end
  self.members[value], self.count = true, self.count + 1
  return true
end

function Model:remove(value)
  if not self.members[value] then return false end
  self.members[value], self.count = nil, self.count - 1
  return true
end

local function filtered(model, other, wanted)
  local result = new_model()
  for value in pairs(model.members) do
    if other:contains(value) == wanted then result:add(value) end
  end
  return result
end

local function joined(a, b)
  local result = new_model()
  for _, model in ipairs { a, b } do
    for value in pairs(model.members) do result:add(value) end
  end
  return result
end

local algebra = {
  { function(a, b) return a | b end, joined },
  { function(a, b) return a & b end, function(a, b) return filtered(a, b, true) end },
  { function(a, b) return a - b end, function(a, b) return filtered(a, b, false) end },
  { function(a, b) return a ~ b end,
    function(a, b) return joined(filtered(a, b, false), filtered(b, a, false)) end },
  { function(a) return a:copy() end, function(a) return joined(a, a) end },
}

local function difference(set, model)
  local count = 0
  for value in set:iter() do
    count = count + 1
    if not model:contains(value) then return "has " .. tostring(value) end
  end
  if count ~= model.count or #set ~= count then
    return ("has %d members, length %d, instead of %d"):format(count, #set, model.count)
  end
end

-- One operation on a set and its model; whether both gave the same.
local function step(random, pair, value)
  local choice = random(100)
  if choice <= 35 then
    local new = pair.set:add(value)
    return new == pair.model:add(value)
  elseif choice <= 40 then
    local new = pair.add(value)
    return new == pair.model:add(value)
  elseif choice <= 75 then
    return pair.set:remove(value) == pair.model:remove(value)
  elseif choice <= 90 then
    return pair.set:contains(value) == pair.model:contains(value)
  end
  return pair.has(value) == pair.model:contains(value)
end

local function bound(set, model)
  local has, add = set:bind()
  return { set = set, model = model, has = has, add = add }
end

for kind, hashset in kinds("hashset") do
  describe("hashset " .. kind, function()
    local seed = ("seed %d"):format(SEED)
    local values = universe()

    -- Replaces one of the pairs by what the operator makes of both, or empties it.
    local function combine(random, both)
      local a, b = both[1], both[2]
      if random(10) == 1 then
        a.set:clear()
        a.model.members, a.model.count = {}, 0
        return
      end
      local operator, on_model = table.unpack(algebra[random(#algebra)])
      both[random(2)] = bound(operator(a.set, b.set), on_model(a.model, b.model))
    end

    it(("agrees with a table in %d operations, %s"):format(OPERATIONS, seed), function()
      math.randomseed(SEED)
      local random = math.random
      local both = { bound(hashset.new(), new_model()), bound(hashset.new(), new_model()) }
      for i = 1, OPERATIONS do
        local value = values[random(#values)]
        if not step(random, both[i % 2 + 1], value) then
          error(("operation %d on %s, %s"):format(i, tostring(value), seed))
        elseif i % CHECK_EVERY == 0 then
          combine(random, both)
          for _, pair in ipairs(both) do
            assert.is_nil(difference(pair.set, pair.model), seed)
          end
        end
      end
    end)
  end)
end
