--- What the files of fetch's contract ask of the hostile server.
local assert = require("luassert")
local json = require("dkjson")

local fetches = {}

--- What a request to /plain/echo was, as the server saw it.
function fetches.echo(result)
  assert.is_true(result.ok, tostring(result.error))
  return assert(json.decode(result.body))
end

local keys = 0

--- A key of the server's log that nobody else has.
function fetches.new_key()
  keys = keys + 1
  return "key" .. keys
end

return fetches
