--- Whether a request is made again, and when.

local clock = require("perilune.clock")

local retry = {}

-- Making one of these twice is as good as making it once (RFC 9110, 9.2.2).
local IDEMPOTENT <const> = {
  GET = true, HEAD = true, PUT = true, DELETE = true, OPTIONS = true, TRACE = true,
}

-- What may pass by itself.
local STATUSES <const> = {
  [408] = true, [429] = true, [500] = true, [502] = true, [503] = true, [504] = true,
}
local CODES <const> = {
  resolve = true, connect = true, timeout = true, stalled = true, reset = true, protocol = true,
}

local LONGEST <const> = 60 -- seconds; a server that wants more is not asked again

local function is_passing(outcome)
  return outcome.error and (STATUSES[outcome.status] or CODES[outcome.error.code])
end

-- 0 to 1: how far the clock is between two steps of 10 us. The numbers of math.random are the
-- program's own.
local function chance() return clock.now() * 1e5 % 1 end

--- Doubled from try to try, and by chance down to half of it, so that many that failed together do
--- not come back together; no earlier than the server wants.
---@param spec perilune.fetch.Spec
---@param attempt integer that has failed
---@param outcome perilune.fetch.Result
---@param wanted integer seconds of Retry-After; 0: it tells nothing
---@return number? seconds nil: it is not made again
function retry.delay(spec, attempt, outcome, wanted)
  if attempt > spec.retries or not IDEMPOTENT[spec.method] or not is_passing(outcome) or
      wanted > LONGEST then
    return nil
  end
  local delay = math.min(spec.retry_delay * 2 ^ (attempt - 1), LONGEST)
  return math.max(delay * (1 + chance()) / 2, wanted)
end

return retry
