--- Solutions that try to pass without doing what is asked. Each is judged by the check that it
--- attacks, beside an honest one that passes it: a check that fails everything stops no cheat.
local files = require("perilune.lab.files")
local host = require("perilune.host")
local program = require("spec.cli.program")
local criteria = require("spec.exercises.criteria")
local judge = require("perilune.lab.judge")

local LISTS <const> = { "profiling", "duplicates", "cycles", "memoization", "concurrency" }
local BUILD <const> = program.path and files.folder(program.path) or "."
local SMALLER <const> = {
  cache = { size = 20 }, calls = { size = 22 }, faster = { size = 1500 },
  growth = { sizes = { 300, 600, 1200, 2400 } }, workers = { workers = { 2 } },
}
local PAIRS <const>, TRIES <const> = 3, 5
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

-- A cheat is found in few pairs: each of them is far from what is asked.
local bench = setmetatable({
  paired = function(measure, options)
    local ratios = {}
    for pair = 1, PAIRS do
      local a = measure("a", pair)
      local b, message, code = measure("b", pair)
      if not b then return nil, message, code end
      ratios[pair] = a / b
    end
    table.sort(ratios)
    local ratio = ratios[(PAIRS + 1) // 2]
    return { ratio = ratio, low = ratios[1], high = ratios[PAIRS], pairs = PAIRS, a = ratio, b = 1,
      verdict = ratio >= options.target and "pass" or "fail" }
  end,
}, { __index = require("perilune.bench") })

local function fill(text, of)
  local places = { BUILD = BUILD, PROGRAM = program.path,
    SOLUTION = files.read(of.reference .. "/solution.lua"),
    LUA = host.exercises .. "/../host/lua" }
  return (text:gsub("@(%u+)@", places))
end

for _, name in ipairs(LISTS) do
  local list = require("spec.faults.cheats." .. name)

  describe("a cheat in exercise " .. list.exercise[1], function()
    if not program.path then
      pending("the specs do not run inside the built program")
      return
    end

    local of = criteria.of(table.unpack(list.exercise))
    local before, after = list.before or "", list.after or ""
    local HONEST <const> = before .. (list.honest or "") .. after
    local honest = {}

    setup(function() of:open() end)
    teardown(function() of:close() end)

    local function part_of(check)
      if list.whole then return of.exercise end
      local alone = of:only(check)
      for field, value in pairs(SMALLER[check] or {}) do alone.checks[1][field] = value end
      return alone
    end

    --- What a cheat says of itself, else what its list does.
    local function decide(check, sandbox, text, beside)
      for file, content in pairs(beside or list.beside or {}) do of:write(file, content) end
      local path = of:write(of.exercise.solution, fill(text, of))
      local judged = judge.run(part_of(check), path,
        { seed = of.seed, bench = bench, sandbox = sandbox })
      return criteria.named(judged, check)
    end

    --- On a busy machine a verdict may be left open; then it is asked for again.
    local function decide_at_last(...)
      local result
      for _ = 1, TRIES do
        result = decide(...)
        if result.status ~= "inconclusive" then break end
      end
      return result
    end

    --- The control: once a check, unless the cheat has one of its own.
    local function honest_passes(check, sandbox, own)
      local key = own or check .. sandbox
      honest[key] = honest[key] or decide(check, sandbox, own or HONEST)
      assert.equal("pass", honest[key].status, check .. ": " .. honest[key].detail)
    end

    for _, cheat in ipairs(list.cheats) do
      local what, check, text = table.unpack(cheat)
      it(("that %s does not pass (%s)"):format(what, check), function()
        if cheat.recycles and SANITIZED then
          pending("no address is used again soon")
          return
        elseif text:find("@LUA@", 1, true) and os.getenv("PERILUNE_LUA_DIR") then
          pending("the Lua half is read from a folder, which children must see")
          return
        end
        local sandbox = cheat.sandbox and "best" or "off" -- what the judge stops by itself
        honest_passes(check, sandbox, cheat.honest)
        local result = decide_at_last(check, sandbox, before .. text .. after, cheat.beside)
        assert.is_true(result.status == "fail" or result.status == "off limits",
          ("%s: %s"):format(result.status, result.detail))
      end)
    end
  end)
end
