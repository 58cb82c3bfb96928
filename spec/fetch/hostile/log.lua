--- What requests were seen, by the `key` in their query.
local uv = require("luv")

local log = {}

local LONGEST_BODY <const> = 64 << 10
local LONGEST_LIST <const> = 1000

local start = uv.hrtime()
local entries, running = {}, {}

local function entry_of(key)
  local entry = entries[key] or { requests = {}, count = 0, most = 0 }
  entries[key] = entry
  return entry
end

local function add(entry, request, connection)
  entry.count = entry.count + 1
  if #entry.requests == LONGEST_LIST then return end
  table.insert(entry.requests, { method = request.method, target = request.target,
    version = request.version, headers = request.headers, head = request.head,
    body = request.body:sub(1, LONGEST_BODY), bytes = #request.body, connection = connection,
    at = (uv.hrtime() - start) * 1e-9 })
end

--- A request without a key is none of the log's.
---@param request Request
---@param connection integer
---@return fun() finish to be called once it is answered
function log.add(request, connection)
  local key = request.query.key
  if not key then return function() end end
  local entry = entry_of(key)
  add(entry, request, connection)
  running[key] = (running[key] or 0) + 1
  entry.most = math.max(entry.most, running[key])
  return function() running[key] = running[key] - 1 end
end

--- How many requests have come with a request's key, itself included.
---@param request Request
---@return integer
function log.count(request)
  return entry_of(request.query.key or "").count
end

---@param key string
---@return table
function log.get(key)
  return entries[key] or { requests = {}, count = 0, most = 0 }
end

return log
