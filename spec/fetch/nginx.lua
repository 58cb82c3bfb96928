--- A real nginx on loopback, in a temporary folder, for as long as this process lives.
---
---     local server <close> = assert(nginx.start())
---
--- What it answers is in configuration.lua.
local uv = require("luv")
local child = require("spec.fetch.child")
local configuration = require("spec.fetch.configuration")

local nginx = {}

---@class Nginx
---@field http string HTTP/1.1: a URL without a path, as the following are
---@field other string the same on another port
---@field https string TLS, HTTP/1.1 alone
---@field h2 string TLS, HTTP/2 by ALPN
---@field wrong string TLS with a certificate for another name
---@field alone string TLS with a certificate that signs itself
---@field past string TLS with a certificate that has expired
---@field mutual string TLS that wants a certificate of the client
---@field ports table<string, integer> by those names
---@field ca string path of the authority's certificate
---@field client {cert: string, key: string} paths, for `mutual`
---@field folder string holds `files`, what it serves, and `put`, what it was sent
---@field user string for /auth/, with `password`
---@field password string
local Nginx = {}
Nginx.__index = Nginx

local NAMES <const> = { "http", "other", "https", "h2", "wrong", "alone", "past", "mutual" }
local ATTEMPTS <const> = 5
local GUARD <const> = "spec/fetch/guard.sh"
local CERTIFICATES <const> = "spec/fetch/certificates.sh"

local function find(name)
  for folder in ((os.getenv("PATH") or "") .. ":/usr/sbin"):gmatch("[^:]+") do
    local path = folder .. "/" .. name
    if uv.fs_access(path, "X") then return path end
  end
end

--- Why it cannot start here.
---@return string? reason names the Debian package
function nginx.missing()
  for _, name in ipairs { "nginx", "openssl" } do
    if not find(name) then return ("%s is missing: apt-get install %s"):format(name, name) end
  end
end

-- They are free for now, and differ.
local function free_ports()
  local sockets, ports = {}, {}
  for i, name in ipairs(NAMES) do
    sockets[i] = uv.new_tcp()
    assert(sockets[i]:bind("127.0.0.1", 0))
    ports[name] = sockets[i]:getsockname().port
  end
  for _, socket in ipairs(sockets) do socket:close() end
  uv.run("nowait")
  return ports
end

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

local function fill(folder, ports, options)
  write(folder .. "/nginx.conf", configuration.server(ports, options))
  write(folder .. "/passwords", ("%s:{PLAIN}%s\n"):format(options.user, options.password))
  for _, name in ipairs { "files", "put" } do
    assert(uv.fs_mkdir(folder .. "/" .. name, tonumber("755", 8)))
  end
  for name, text in configuration.files() do write(folder .. "/files/" .. name, text) end
  local certificates = assert(io.popen(("sh %s '%s' 2>&1"):format(CERTIFICATES, folder)))
  local output = certificates:read("a")
  assert(certificates:close(), output)
end

local function attempt(path, options)
  local guard = child.start("/bin/sh", { GUARD, path, "-p", "./", "-e", "error.log",
    "-c", "nginx.conf" })
  local folder, ports = guard:line(), free_ports()
  local is_filled, failure = pcall(fill, folder, ports, options)
  if is_filled then
    guard:tell("filled")
    failure = guard:line()
  end
  if failure == "ready" then return guard, folder, ports end
  guard:stop()
  return nil, failure
end

local function new(guard, folder, ports, options)
  local server = setmetatable({ guard = guard, folder = folder, ports = ports,
    ca = folder .. "/ca.pem", user = options.user, password = options.password,
    client = { cert = folder .. "/client.pem", key = folder .. "/client.key" } }, Nginx)
  for name, port in pairs(ports) do
    local is_plain = name == "http" or name == "other"
    server[name] = is_plain and "http://127.0.0.1:" .. port or "https://localhost:" .. port
  end
  return server
end

---@param options? {connections: integer?} how many at once, 512 by default
---@return Nginx? server
---@return string? reason
function nginx.start(options)
  local reason = nginx.missing()
  if reason then return nil, reason end
  local settings = { connections = options and options.connections or 512, user = "moon",
    password = "tide" }
  local guard, folder, ports
  for _ = 1, ATTEMPTS do -- another process may have taken a port
    guard, folder, ports = attempt(find("nginx"), settings)
    if guard then return new(guard, folder, ports, settings) end
  end
  return nil, folder
end

--- The text of a file that it serves, or that it was sent: "files/large", "put/NAME".
---@param name string
---@return string?
function Nginx:read(name)
  local file <close> = io.open(self.folder .. "/" .. name, "rb")
  return file and file:read("a")
end

--- Ends it and removes its folder. May be called again.
function Nginx:stop()
  self.guard:stop()
end

Nginx.__close = Nginx.stop

return nginx
