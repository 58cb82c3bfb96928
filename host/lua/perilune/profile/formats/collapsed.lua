--- Collapsed stacks, `main;work (app.lua:10);string.rep 1234`, for flamegraph.pl, inferno and
--- speedscope. The number is microseconds of the innermost function; samples in a sampled profile,
--- bytes in one of memory. What rounds to nothing is left out. `;` in a name becomes `\59`, a line
--- break `\10`.

local bytes = require("perilune.profile.bytes")
local place = require("perilune.profile.place")

local format = { extensions = { "collapsed", "folded" } }

-- Stacks deeper than that end there with what is beneath: each line repeats the whole stack.
local DEEPEST = 512

local function frame_of(fn)
  local text = place.label(fn):gsub("[%c;]", function(c)
    return ("\\%d"):format(c:byte())
  end)
  return bytes.readable(text)
end

--- The column that counts, and by how much it is multiplied.
local function weights_of(raw)
  if raw.mode == "memory" and raw.nodes.bytes then
    return raw.nodes.bytes, 1
  elseif raw.mode == "sample" and raw.nodes.samples then
    return raw.nodes.samples, 1
  end
  return raw.nodes.self, 1e6
end

--- For each node the one that stands for its stack: itself, or the last one not too deep.
local function stand_ins(parent)
  local depth, stands = {}, {}
  for i, above in ipairs(parent) do
    depth[i] = above > 0 and depth[above] + 1 or 0
    stands[i] = depth[i] <= DEEPEST and i or stands[above]
  end
  return stands
end

local function stack_of(i, parent, names)
  local frames = {}
  while i > 1 do
    frames[#frames + 1] = names[i]
    i = parent[i]
  end
  local count = #frames
  for j = 1, count // 2 do
    frames[j], frames[count + 1 - j] = frames[count + 1 - j], frames[j]
  end
  return table.concat(frames, ";")
end

---@param profile perilune.profiler.Profile
---@return string
function format.encode(profile)
  local raw = profile.raw
  local parent, weights, scale = raw.nodes.parent, weights_of(raw)
  local stands, names, sums, frames = stand_ins(parent), {}, {}, {}
  for i, fn in ipairs(raw.functions) do
    frames[i] = frame_of(fn)
  end
  for i, fn in ipairs(raw.nodes["function"]) do
    names[i] = frames[fn]
    sums[stands[i]] = (sums[stands[i]] or 0) + weights[i] * scale
  end
  names[1] = nil
  local lines = {}
  for i = 1, #parent do
    local rounded = math.floor((sums[i] or 0) + 0.5)
    if rounded > 0 then
      local stack = i == 1 and frames[raw.nodes["function"][1]] or stack_of(i, parent, names)
      lines[#lines + 1] = ("%s %.0f\n"):format(stack, rounded)
    end
  end
  return table.concat(lines)
end

return format
