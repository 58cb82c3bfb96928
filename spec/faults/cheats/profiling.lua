--- Ways to pass exercise 1 without profiling the script, as cheats/duplicates.lua has them: what is
--- handed in are answers, and a profile beside them.

local dkjson = require("dkjson")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")

local REFERENCE <const> = exercises .. "/01-profiling/reference/"
local PROFILE <const> = "slow.profile.json"
local ANSWERS <const> = assert(files.read(REFERENCE .. "answers.md"))
local SECONDS <const>, PERCENT <const> = "s%f[%W]", "%%"
local RECORDED <const> = assert(files.read(REFERENCE .. PROFILE))

--- The reference's profile after a change, and the nodes of a function in it.
local function edited(change)
  local profile = dkjson.decode(RECORDED)
  local function nodes_of(name)
    local found = {}
    for i, fn in ipairs(profile.nodes["function"]) do
      found[#found + 1] = profile.functions[fn].name == name and i or nil
    end
    return found
  end
  change(profile, nodes_of)
  return { [PROFILE] = dkjson.encode(profile) }
end

--- The reference's answers with each figure before a unit so many times as large.
local function scaled(factor, unit)
  return (ANSWERS:gsub("([%d.]+) (" .. unit .. ")", function(figure, name)
    return ("%.3g %s"):format(factor * figure, name)
  end))
end

local function move_time(profile, nodes_of, from, to)
  local self = profile.nodes.self
  local source, target = nodes_of(from)[1], nodes_of(to)[1]
  self[source], self[target] = self[target], self[source]
end

--- Functions called from the main chunk: {name, line, calls, seconds}.
local function written_by_hand(rows)
  local source = "@slow_script.lua"
  return edited(function(profile)
    local nodes = { parent = { 0, 1 }, calls = { 1, 1 }, self = { 0, 0.01 }, wait = { 0, 0 },
      ["function"] = { 1, 2 } }
    profile.functions = { profile.functions[1], profile.functions[2] }
    for i, row in ipairs(rows) do
      profile.functions[i + 2] = { name = row[1], source = source, kind = "Lua", line = row[2],
        last = row[2] }
      nodes.parent[i + 2], nodes["function"][i + 2] = 2, i + 2
      nodes.calls[i + 2], nodes.self[i + 2], nodes.wait[i + 2] = row[3], row[4], 0
    end
    profile.nodes = nodes
    profile.duration, profile.cpu = 1.5, 1.5
  end)
end

return {
  exercise = { 1, "profiling" },
  whole = true, -- later checks go by what the first has measured
  honest = ANSWERS,
  beside = { [PROFILE] = RECORDED },
  cheats = {
    { "hands in a profile of another script", "profile", ANSWERS,
      beside = edited(function(profile)
        profile.script.path, profile.script.hash = "other.lua", "fnv1a:0000000000000000"
      end) },
    { "gives another script's profile the name of this one", "profile", ANSWERS,
      beside = edited(function(profile) profile.script.hash = "fnv1a:0000000000000000" end) },
    { "gives another script's profile name and hash of this one", "profile", ANSWERS,
      beside = edited(function(profile)
        for _, fn in ipairs(profile.functions) do
          if fn.line > 0 then fn.name, fn.line = "f" .. fn.line, fn.line + 1 end
        end
      end) },
    { "hands in a profile of the repaired script", "profile", ANSWERS,
      beside = edited(function(profile, nodes_of)
        profile.nodes.calls[nodes_of("contains")[1]] = 0
      end) },
    { "writes down functions, calls and times", "profile", ANSWERS,
      beside = written_by_hand({ { "read_orders", 10, 1, 1.2 }, { "contains", 25, 9000, 0.1 },
        { "revenue", 62, 2609, 0.1 }, { "control_sum", 125, 1, 0.1 } }) },
    { "moves the time to functions of its choice", "profile",
      (ANSWERS:gsub("`contains` %(slow_script.lua:25%)", "`control_sum`")),
      beside = edited(function(profile, nodes_of)
        move_time(profile, nodes_of, "contains", "control_sum")
      end) },
    { "stretches the run to fit the answers", "profile", scaled(20, SECONDS),
      beside = edited(function(profile) profile.duration, profile.cpu = 32, 32 end) },
    { "copies the answers of a slower machine", "figures", scaled(3, SECONDS) },
    { "copies the answers about another script", "figures", scaled(0.5, PERCENT) },
  },
}
