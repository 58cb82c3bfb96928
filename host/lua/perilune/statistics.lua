--- Medians, an interval for a median, and a slope: statistics that one wild value does not move.

local statistics = {}

--- The values in ascending order.
---@param list number[] left as it is
---@return number[] # a new list
function statistics.sorted(list)
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy)
  return copy
end

local function middle(ordered)
  local n = #ordered
  local upper = ordered[n // 2 + 1]
  return n % 2 == 1 and upper or (ordered[n // 2] + upper) / 2
end

--- The value in the middle; of an even number of values, the mean of the two there.
---@param list number[] not empty; left as it is
---@return number
function statistics.median(list)
  return middle(statistics.sorted(list))
end

--- The largest k such that fewer than k of n fair coins show heads with a probability of at most
--- `tail`; 0 when n is too small for that.
local function sign_rank(n, tail)
  local probability, cumulated = 0.5 ^ n, 0
  for k = 0, n do
    cumulated = cumulated + probability
    if cumulated > tail then
      return k
    end
    probability = probability * (n - k) / (k + 1)
  end
  return n
end

--- The median and an interval for the median of what the list was drawn from: the values between
--- the k-th smallest and the k-th largest, by the sign test (Dixon and Mood 1946; Conover,
--- Practical Nonparametric Statistics, 3.2). It assumes nothing of the distribution. With too few
--- values for `tail` it is all of their range: at 0.0005, with fewer than 11.
---@param list number[] not empty; left as it is
---@param tail number the probability that the median lies below; the same for above
---@return number median
---@return number low
---@return number high
function statistics.interval(list, tail)
  local ordered = statistics.sorted(list)
  local rank = math.max(1, sign_rank(#ordered, tail))
  return middle(ordered), ordered[rank], ordered[#ordered + 1 - rank]
end

--- The median of the slopes between all pairs of points (Theil 1950, Sen 1968).
---@param xs number[] at least two different ones
---@param ys number[]
---@return number slope
function statistics.slope(xs, ys)
  local slopes = {}
  for i = 1, #xs do
    for j = i + 1, #xs do
      if xs[i] ~= xs[j] then
        slopes[#slopes + 1] = (ys[j] - ys[i]) / (xs[j] - xs[i])
      end
    end
  end
  return statistics.median(slopes)
end

return statistics
