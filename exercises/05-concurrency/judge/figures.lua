--- The figures of answers.md, with what bounds each by its own sense, and the choices that follow
--- from them. Called with the exercise's folder.

local folder = ...
local urls = dofile(folder .. "/urls.lua")

local figures = {}

--- A process works no longer than time passes, and a pool saves no work.
figures.factoring = {
  { key = "workers", heading = "Workers", kind = "number", fits = function()
    return 2, 256, "with one, nothing is at work at once"
  end },
  { key = "wall", heading = "Wall time, one after another", kind = "seconds",
    fits = function(values)
      return 0.9 * values.cpu, nil, "one process cannot work for longer than time passes"
    end },
  { key = "cpu", heading = "CPU time, one after another", kind = "seconds" },
  { key = "pooled_wall", heading = "Wall time, pooled", kind = "seconds" },
  { key = "pooled_cpu", heading = "CPU time, pooled", kind = "seconds", fits = function(values)
    return 0.7 * values.cpu, nil, "the work is the same; that of workers is in "
      .. "clock.children(), once the pool is closed"
  end },
  { key = "ratio", heading = "Speed-up", kind = "ratio", quotient = { "wall", "pooled_wall" },
    fits = function(values, measures)
      local near = values.workers == 2 and measures.wall and measures.wall.ratio
      if near then
        return near / 1.5, near * 1.5, "with two workers, it was measured here"
      end
      return nil, 1.15 * values.workers, "a worker does no more than one process alone"
    end },
}

-- Of the time that passes while answers are waited for, what may be processor time.
local WORK <const> = 0.5
-- What the student's total may be, times that of the check.
local FAR <const> = 3

local function ideal_of(most)
  return urls.latency * math.ceil(urls.count / most)
end

local function waits(wall)
  return function(values)
    return nil, WORK * values[wall], "to wait takes no processor"
  end
end

--- No answer comes before the latency has passed.
figures.fetching = {
  { key = "most", heading = "Most in flight", kind = "number", fits = function()
    return 2, urls.count, "with one, nothing is waited for at once"
  end },
  { key = "one_wall", heading = "Wall time, one by one", kind = "seconds", fits = function()
    return urls.count * urls.latency, nil, ("%d answers, each after %g ms"):format(urls.count,
      urls.latency * 1000)
  end },
  { key = "one_cpu", heading = "CPU time, one by one", kind = "seconds",
    fits = waits("one_wall") },
  { key = "all_wall", heading = "Wall time, at once", kind = "seconds",
    fits = function(values, measures)
      local low, measured = ideal_of(values.most), measures.total
      return low, measured and FAR * measured.ratio * low, "the ideal, and up to "
        .. FAR .. " times as far from it as the check was"
    end },
  { key = "all_cpu", heading = "CPU time, at once", kind = "seconds", fits = waits("all_wall") },
  { key = "ideal", heading = "Ideal time", kind = "seconds", fits = function(values)
    local ideal = ideal_of(values.most)
    return ideal, ideal, ("%g ms, as often as %g requests fit into %d"):format(
      urls.latency * 1000, values.most, urls.count)
  end },
  { key = "fetch_ratio", heading = "Speed-up, at once", kind = "ratio",
    quotient = { "one_wall", "all_wall" }, fits = function(values)
      return nil, 1.15 * values.most, "so many requests wait together, no more"
    end },
}

figures.all = table.move(figures.fetching, 1, #figures.fetching, #figures.factoring + 1,
  table.move(figures.factoring, 1, #figures.factoring, 1, {}))

-- Below so much of what it was, a time has become shorter; above so much, it has not.
local SHORTER <const>, SAME <const> = 0.9, 0.8

local TIMES <const> = {
  { "wall time", "wall" }, { "CPU time", "cpu" }, { "both", "both" }, { "neither", "neither" },
}
local WORKS <const> = { { "factoring", "factor" }, { "fetching", "fetch" } }
local WAYS <const> = { { "a pool", "pool" }, { "at once", "at once" } }

--- Whether a time may be called shorter, and whether it may not be.
local function falls(before, after)
  return after < SHORTER * before, after > SAME * before
end

--- The names of TIMES that two pairs of times allow.
local function shorter(wall, wall_after, cpu, cpu_after)
  local wall_fell, wall_stayed = falls(wall, wall_after)
  local cpu_fell, cpu_stayed = falls(cpu, cpu_after)
  local names = {}
  names[#names + 1] = wall_fell and cpu_stayed and "wall time" or nil
  names[#names + 1] = wall_stayed and cpu_fell and "CPU time" or nil
  names[#names + 1] = wall_fell and cpu_fell and "both" or nil
  names[#names + 1] = wall_stayed and cpu_stayed and "neither" or nil
  return names
end

local function shorter_choice(heading, wall, wall_after, cpu, cpu_after)
  return {
    heading = heading, options = TIMES,
    right = function(values)
      return shorter(values[wall], values[wall_after], values[cpu], values[cpu_after])
    end,
    why = function(values, format)
      return ("wall time %s, then %s; CPU time %s, then %s"):format(
        format.seconds(values[wall]), format.seconds(values[wall_after]),
        format.seconds(values[cpu]), format.seconds(values[cpu_after]))
    end,
  }
end

--- Percent of the wall time, one after another, that is CPU time.
local function shares_of(values)
  return 100 * values.cpu / values.wall, 100 * values.one_cpu / values.one_wall
end

local function shares_text(values)
  return ("CPU time is %.2g %% of factoring's wall time, %.2g %% of fetching's"):format(
    shares_of(values))
end

--- The work of which more, or less, of the time is CPU time.
local function bound_choice(heading, is_cpu)
  local function is_factoring(values)
    local factoring, fetching = shares_of(values)
    return (factoring > fetching) == is_cpu
  end
  return {
    heading = heading, options = WORKS, why = shares_text,
    right = function(values)
      return { is_factoring(values) and "factoring" or "fetching" }
    end,
    percent = function(values)
      local factoring, fetching = shares_of(values)
      return is_factoring(values) and factoring or fetching
    end,
  }
end

local function way_choice(heading, name)
  return {
    heading = heading, options = WAYS,
    right = function()
      return { name }
    end,
    why = function(values, format)
      return ("%s; factoring became %s as fast by a pool, fetching %s by requests at once")
        :format(shares_text(values), format.ratio(values.ratio), format.ratio(values.fetch_ratio))
    end,
  }
end

figures.choices = {
  shorter_choice("What the pool makes shorter", "wall", "pooled_wall", "cpu", "pooled_cpu"),
  shorter_choice("What requests at once make shorter", "one_wall", "all_wall", "one_cpu",
    "all_cpu"),
  bound_choice("CPU-bound", true),
  bound_choice("I/O-bound", false),
  way_choice("For CPU-bound work", "a pool"),
  way_choice("For I/O-bound work", "at once"),
}

return figures
