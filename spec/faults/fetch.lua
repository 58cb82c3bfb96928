--- What a program does with fetch, short enough to run for every so many allocations in it: a
--- result is right, or tells of a failure that the server or the lack of memory explains.
---
--- PERILUNE_SPEC_URL is the hostile server's, PERILUNE_SPEC_FOLDER one for a file.
package.path = "host/lua/?.lua;" .. package.path
local fetch = require("perilune.native.fetch")

local url = assert(os.getenv("PERILUNE_SPEC_URL"))
local path = assert(os.getenv("PERILUNE_SPEC_FOLDER")) .. "/file"

local function is(r, code)
  return fetch.is_error(r.error) and r.error.code == code
end

local function check(r, body)
  assert(r.ok and r.body == body or is(r, "memory"), tostring(r.error))
end

local function read(name)
  local file <close> = assert(io.open(name))
  return file:read("a")
end

local function check_one(s)
  local r = s:get(url .. "/cookie/two", { headers = { ["X-A"] = { "1", "2" } }, timeout = 10 })
  check(r, "set\n")
  assert(not r.ok or #r:header_values("set-cookie") == 2 and r.headers["content-length"] == "4")
  assert(is(s:post("http://127.0.0.1:1/", { form = { a = 1 } }), "connect"))
  assert(is(s:get("file:///etc/passwd"), "url"))
end

local function check_bodies(s)
  local bytes = {}
  local r = s:get(url .. "/plain/size/70000", { on_data = function(piece)
    bytes[#bytes + 1] = piece
  end })
  assert(r.ok and #table.concat(bytes) == 70000 or is(r, "memory"), tostring(r.error))
  r = s:get(url .. "/plain/ok", { path = path })
  assert(r.ok and read(path) == "hello\n" or is(r, "memory"), tostring(r.error))
  assert(is(s:get(url .. "/cut/body", { path = path, retries = 1, retry_delay = 0 }), "reset"))
end

local function check_many(s)
  local results = s:all({ url .. "/plain/ok", { url = url .. "/nowhere", method = "DELETE" },
    "http://127.0.0.1:1/", url .. "/plain/ok" }, { concurrency = 2, per_host = 1 })
  check(results[1], "hello\n")
  check(results[4], "hello\n")
  assert(is(results[2], "status") and is(results[3], "connect"))
  for r in s:each({ url .. "/plain/ok", url .. "/stall/body", url .. "/stall/before" }) do
    check(r, "hello\n")
    break
  end
end

local s <close> = fetch.session({ cookies = true, timeout = 20 })
check_one(s)
check_bodies(s)
check_many(s)
