--- The functions that hold most of the time, named in answers.md: by their own names, by a C
--- function that does their work, or by a caller whose time they are.
---
---   profile  name of the check that measured the saved profile
---   heading  where they are named, the two hottest first

local answers = require("perilune.lab.answers")
local claims = require("perilune.lab.claims")
local format = require("perilune.format")
local hotspots = require("perilune.lab.hotspots")

local ASKED = 2

local function percent(share)
  return ("%.2g %%"):format(100 * share)
end

--- The hot function that a claim names.
local function meant(spot, hottest)
  for _, hot in ipairs(hottest) do
    if spot == hot then
      return hot
    end
  end
  for _, hot in ipairs(hottest) do
    if hotspots.stands_for(spot, hot) then
      return hot
    end
  end
end

local function cold(claim, spots)
  local spot = claim.spot
  if spot.kind == "main" then
    return "the main chunk is the whole script; name the functions that it calls"
  elseif spot.kind == "C" then
    return spot.name .. " is a C function, whose work counts for its callers: see --callers"
  end
  return ("%s did %s of the work itself, and two others more"):format(
    spot.name, percent(spots:share(spot)))
end

--- The first claims that name different hot functions; or a claim that does not, and why.
local function choose(list, spots)
  local chosen, taken, hottest = {}, {}, spots:hottest()
  for _, claim in ipairs(list) do
    local hot = meant(claim.spot, hottest)
    if not hot then
      return nil, answers.at(claim.line, cold(claim, spots))
    elseif not taken[hot] then
      chosen[#chosen + 1], taken[hot] = { claim = claim, hot = hot }, claim
      if #chosen == ASKED then
        return chosen
      end
    end
  end
  return chosen
end

local function too_few(section, list, chosen)
  if #list == 0 then
    local first = format.printable(section.text:match("^[^\n]*"), 40)
    return answers.at(section.line, ("no function of the profile is named: \"%s\""):format(first))
  elseif #list > #chosen then
    return answers.at(list[#list].line, ("%s and %s are one bottleneck: name another"):format(
      list[1].spot.name, list[#list].spot.name))
  end
  local remark = "%s is the only function named; two are asked, each on its own line"
  return answers.at(list[1].line, remark:format(list[1].spot.name))
end

local function describe(chosen, spots)
  local names, seconds = {}, 0
  for i, one in ipairs(chosen) do
    local via = one.claim.spot ~= one.hot and (" (its %s)"):format(one.hot.name) or ""
    names[i] = ("%s%s %s"):format(one.claim.spot.name, via, percent(spots:share(one.hot)))
    seconds = seconds + one.hot.own
  end
  return ("%s: together %s of %s"):format(
    table.concat(names, ", "), percent(seconds / spots.seconds), format.seconds(spots.seconds))
end

---@param check table
---@param session Session
---@return table result
return function(check, session)
  local section, message = session:section(check.heading)
  if not section then
    return { status = "fail", detail = message }
  end
  local spots = session.measures[check.profile].spots
  local list = claims.read(section, spots)
  local chosen, refusal = choose(list, spots)
  if not chosen or #chosen < ASKED then
    return { status = "fail", detail = refusal or too_few(section, list, chosen) }
  end
  session.measures[check.name] = { claims = list, chosen = chosen }
  return { status = "pass", detail = describe(chosen, spots) }
end
