--- What the specs' nginx answers, on each of its ports:
---
---     /text /empty /large         files: some lines, nothing, 16 MiB; with ranges and dates
---     /gzip/FILE                  the same, compressed for those who accept it
---     /auth/FILE                  the same, for whom basic authentication lets in
---     /put/NAME                   takes PUT and DELETE, and gives what was put
---     /small/ANYTHING             187 bytes
---     /echo                       what the request had, one `NAME VALUE` a line
---     /status/CODE                for the codes in STATUSES
---     /cookie/set                 sets two cookies
---     /close                      closes the connection afterwards
---     /redirect/CODE              to /echo: 301, 302, 303, 307, 308
---     /redirect/NAME              for the names in `places`
local uv = require("luv")

local configuration = {}

local STATUSES <const> = { 201, 204, 304, 400, 403, 404, 410, 429, 500, 502, 503, 504 }
local REDIRECTS <const> = { 301, 302, 303, 307, 308 }
local SMALL <const> = 187 -- bytes
local LINES <const>, BLOCKS <const> = 4096, 256
local ECHO <const> = {
  "method $request_method", "target $request_uri", "protocol $server_protocol", "host $http_host",
  "authorization $http_authorization", "cookie $http_cookie", "agent $http_user_agent",
  "accept $http_accept", "encoding $http_accept_encoding", "type $content_type",
  "length $content_length", "referer $http_referer", "x-test $http_x_test", "tls $ssl_protocol",
  "connection $connection",
}

local FRAME <const> = [[
%sdaemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections %d; }
http {
  access_log off;
  default_type text/plain;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  client_max_body_size 64m;
  client_body_temp_path temporary;
  proxy_temp_path temporary;
  fastcgi_temp_path temporary;
  uwsgi_temp_path temporary;
  scgi_temp_path temporary;
  ssl_session_cache shared:tls:1m;
%s}
]]

local SERVER <const> = [[
  server {
    listen 127.0.0.1:%d%s backlog=4096;
%s%s  }
]]

local LOCATIONS <const> = [[
    location / { root files; }
    location /gzip/ { alias files/; gzip on; gzip_min_length 0; gzip_types *; }
    location /auth/ { alias files/; auth_basic perilune; auth_basic_user_file passwords; }
    location /put/ { root .; dav_methods PUT DELETE; create_full_put_path on; }
    location /small/ { return 200 "%s"; }
    location = /echo { return 200 "%s\n"; }
    location = /cookie/set {
      add_header Set-Cookie "first=1; Path=/";
      add_header Set-Cookie "second=2; Path=/; HttpOnly";
      return 200 "set\n";
    }
    location = /session { keepalive_timeout 0; return 200 "$ssl_session_reused"; }
    location = /redirect/to { return 302 $arg_url; }
    location = /close { keepalive_timeout 0; return 200 "closed\n"; }
    location = /redirect/relative { absolute_redirect off; return 302 /echo; }
]]

local function places(ports)
  return {
    loop = "/redirect/loop",
    port = ("http://127.0.0.1:%d/echo"):format(ports.other),
    host = ("http://localhost:%d/echo"):format(ports.http),
    both = ("http://localhost:%d/echo"):format(ports.other),
    plain = ("http://127.0.0.1:%d/echo"):format(ports.http),
    tls = ("https://localhost:%d/echo"):format(ports.https),
    wrong = ("https://localhost:%d/echo"):format(ports.wrong),
    file = "file:///etc/passwd",
    auth = "/auth/text",
  }
end

local function locations(ports)
  local lines = { LOCATIONS:format(("x"):rep(SMALL), table.concat(ECHO, "\\n")) }
  local function add(path, code, value)
    lines[#lines + 1] = ("    location = %s { return %d \"%s\"; }\n"):format(path, code, value)
  end
  for _, code in ipairs(STATUSES) do add("/status/" .. code, code, code .. "\\n") end
  for _, code in ipairs(REDIRECTS) do add("/redirect/" .. code, code, "/echo") end
  for name, place in pairs(places(ports)) do add("/redirect/" .. name, 302, place) end
  return table.concat(lines)
end

local function certificate(name, key)
  return ("    ssl_certificate %s.pem;\n    ssl_certificate_key %s.key;\n"):format(name, key)
end

--- The text of nginx.conf.
---@param ports table<string, integer>
---@param options {connections: integer}
---@return string
function configuration.server(ports, options)
  local servers, answers = {}, locations(ports)
  local function add(name, protocol, more)
    servers[#servers + 1] = SERVER:format(ports[name], protocol, more, answers)
  end
  add("http", "", "")
  add("other", "", "")
  add("https", " ssl", certificate("server", "server"))
  add("h2", " ssl http2", certificate("server", "server"))
  add("wrong", " ssl", certificate("wrong", "wrong"))
  add("alone", " ssl", certificate("alone", "alone"))
  add("past", " ssl", certificate("past", "server"))
  add("mutual", " ssl", certificate("server", "server")
    .. "    ssl_client_certificate ca.pem;\n    ssl_verify_client on;\n")
  local user = uv.getuid() == 0 and "user root;\n" or ""
  return FRAME:format(user, options.connections, table.concat(servers))
end

local function large()
  local lines = {}
  for i = 1, LINES do lines[i] = ("%015d\n"):format(i * 7919) end
  return table.concat(lines):rep(BLOCKS)
end

--- Iterates over the names and texts of the files that are served.
---@return fun(...): string, string
---@return table<string, string>
function configuration.files()
  return pairs { text = ("some lines of text\n"):rep(100), empty = "", large = large() }
end

return configuration
