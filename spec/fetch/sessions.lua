--- Servers and sessions for files of specs: what a spec leaves behind fails it.
---
---     setup(function() server = sessions.start(hostile) end)
---     before_each(function() s = sessions.new({ timeout = 20 }) end)
---     after_each(sessions.close)
local assert = require("luassert")
local fetch = require("perilune.native.fetch")
local processes = require("spec.native.processes")

local sessions = {}

local before
local open = {}

--- A server, once sessions that earlier specs have left are gone.
---@param servers {start: fun(): table} hostile or nginx
function sessions.start(servers)
  collectgarbage()
  return assert(servers.start())
end

--- A native session for one spec.
---@param options? table
function sessions.new(options)
  before = before or processes.descriptors()
  open[#open + 1] = fetch.session(options)
  return open[#open]
end

--- Closes them: no more descriptors are left than there were.
function sessions.close()
  for i = #open, 1, -1 do open[i]:close() open[i] = nil end
  local expected = before
  before = nil
  assert.equal(expected, processes.descriptors())
end

return sessions
