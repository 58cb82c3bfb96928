--- Requests that share one connection, while calls of the system fail: each has its answer, or
--- tells of a failure. None waits for what comes on a socket that nobody watches.
---
--- PERILUNE_SPEC_URL is one of nginx's with HTTP/2, PERILUNE_SPEC_CA its authority.
local fetch = require("perilune.native.fetch")

local url = assert(os.getenv("PERILUNE_SPEC_URL"))
local ca_file = assert(os.getenv("PERILUNE_SPEC_CA"))
local REASONS <const> = { connect = true, memory = true, reset = true, system = true, tls = true }
local MANY <const> = 6

local function check(r)
  assert(r.ok and r.http_version == "2" and #r.body == 187 or
    fetch.is_error(r.error) and REASONS[r.error.code], tostring(r.error))
end

local s <close> = fetch.session({ ca_file = ca_file, timeout = 20 })
check(s:get(url .. "/small/first"))
local urls = {}
for i = 1, MANY do urls[i] = url .. "/small/" .. i end
local results = s:all(urls)
assert(results.n == MANY)
for _, r in ipairs(results) do check(r) end
