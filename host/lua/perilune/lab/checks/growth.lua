--- How the work grows with n, from VM instructions counted at several sizes.
---
---   sizes    n of each run, each twice the one before
---   classes  set of the growth classes that pass

local format = require("perilune.format")

local function measure(session, child, check)
  local points, name = {}, session:name_of(check)
  for i, n in ipairs(check.sizes) do
    local spent, message, code = session:spend(child, "count", name, session:arguments(n))
    if not spent then
      return nil, message, code
    end
    points[i] = { n = n, instructions = spent.instructions, cpu = spent.cpu }
  end
  return points
end

-- No measurement tells a logarithm from a constant.
local NAMES = { ["O(1)"] = "O(1) or O(log n)", ["O(n)"] = "O(n) or O(n log n)" }

local WORK = { instructions = "VM instructions", cpu = "CPU time" }

--- How what decided grew in the last step; none of it at all is no growth.
local function doubling_text(by, before, last)
  local ratio = last[by] == before[by] and 1 or last[by] / before[by]
  return ("%s x%.2f when n doubles"):format(WORK[by], ratio)
end

local function describe(check, growth, points)
  local last, before = points[#points], points[#points - 1]
  local doubling = doubling_text(growth.by, before, last)
  if not growth.class then
    local detail = ("between two classes, about n^%.1f"):format(growth.exponent)
    return { status = "inconclusive", detail = detail, notes = { doubling } }
  end
  local status = check.classes[growth.class] and "pass" or "fail"
  local name = NAMES[growth.class] or growth.class
  local result = { status = status, detail = ("%s: %s"):format(name, doubling) }
  if status == "fail" then
    result.notes = { ("from n = %s to %s"):format(format.count(points[1].n), format.count(last.n)) }
  end
  return result
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local child <close>, message, code = session:solution(check)
  if not child then
    return session:failed(message, code, check)
  end
  local points
  points, message, code = measure(session, child, check)
  if not points then
    return session:failed(message, code, check)
  end
  local growth = session.bench.growth(points)
  local result = describe(check, growth, points)
  result.series = {
    kind = "growth", points = points, exponent = growth.exponent, class = growth.class,
    by = growth.by, low = growth.low, high = growth.high,
  }
  return result
end
