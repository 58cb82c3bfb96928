--- Failures at the first requests with a key, so many of them; then all is well.
local answer = require("spec.fetch.hostile.answer")
local log = require("spec.fetch.hostile.log")

local WELL <const> = answer.whole("well\n")

local AFTERS <const> = {
  zero = "0",
  one = "1",
  negative = "-1",
  fraction = "0.5",
  garbage = "soon",
  huge = "99999999999999999999",
  long = "3600",
  empty = "",
  past = "Sun, 06 Nov 1994 08:49:37 GMT",
  bad_date = "Sun, 99 Nov 1994 08:49:37 GMT",
}

local FAILURES <const> = {}

local function refusal(status)
  return function(connection) connection:send(answer.whole("not now\n", "", status)) end
end

FAILURES.unavailable = refusal(503)
FAILURES.limited = refusal(429)
FAILURES.broken = refusal(500)
FAILURES.missing = refusal(404)

function FAILURES.reset(connection) connection:reset() end

function FAILURES.close(connection) connection:close() end

function FAILURES.stall(connection) connection:stall() end

function FAILURES.cut(connection)
  connection:send(answer.OK .. "Content-Length: 1000\r\n\r\nhello")
  connection:close()
end

local retry = {}

for name, fail in pairs(FAILURES) do
  retry[name] = function(connection, request, times)
    if log.count(request) <= (math.tointeger(times) or 2) then return fail(connection) end
    connection:send(WELL)
  end
end

-- Once 503.
local function fail_once(connection, request, value)
  local is_first = log.count(request) == 1
  connection:send(is_first and answer.whole("not now\n", ("Retry-After: %s\r\n"):format(value), 503)
    or WELL)
end

--- Retry-After as in AFTERS, or as it is told.
function retry.after(connection, request, value)
  fail_once(connection, request, AFTERS[value] or value or "1")
end

--- Retry-After as a date so many seconds from now.
function retry.date(connection, request, seconds)
  local at = os.time() + (math.tointeger(seconds) or 2)
  fail_once(connection, request, (os.date("!%a, %d %b %Y %H:%M:%S GMT", at)))
end

return retry
