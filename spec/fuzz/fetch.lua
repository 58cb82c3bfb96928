--- Bytes as what a server on loopback answers: a result, or an error with a code, in time.
local async = require("perilune.async")
local fetch = require("perilune.native.fetch")
local uv = require("luv")

local function serve(bytes)
  local server = uv.new_tcp()
  assert(server:bind("127.0.0.1", 0))
  assert(server:listen(8, function()
    local client = uv.new_tcp()
    server:accept(client)
    client:read_start(function(_, chunk)
      if not chunk then
        if not client:is_closing() then client:close() end
      elseif not client:is_closing() then
        client:read_stop()
        client:write(bytes, function() if not client:is_closing() then client:close() end end)
      end
    end)
  end))
  return server
end

local function check(r)
  if r.ok then
    assert(math.type(r.status) == "integer" and type(r.body) == "string")
  else
    assert(fetch.is_error(r.error) and type(r.error.code) == "string", "no reason")
  end
end

return function(bytes)
  async.run(function()
    local server = serve(bytes)
    local url = "http://127.0.0.1:" .. server:getsockname().port .. "/"
    local ok, r = pcall(fetch.get, url, { timeout = 5, max_bytes = 1 << 20, max_redirects = 0 })
    server:close()
    assert(ok, r)
    check(r)
  end)
end
