--- The hostile server: listens on loopback, prints its port, ends when its standard input does or
--- has something to say.
local uv = require("luv")
local connection = require("spec.fetch.hostile.connection")
local routes = require("spec.fetch.hostile.routes")
local waiting = require("spec.fetch.waiting")

local BACKLOG <const> = 1024

local function listen()
  local server = uv.new_tcp()
  assert(server:bind("127.0.0.1", 0))
  assert(server:listen(BACKLOG, function(failure)
    assert(not failure, failure)
    local socket = uv.new_tcp()
    assert(server:accept(socket))
    connection.serve(socket, routes)
  end))
  return server:getsockname().port
end

waiting.shield()
print(listen())
io.stdout:flush()
uv.fs_read(0, 1, -1, function() os.exit(0) end)
uv.run()
