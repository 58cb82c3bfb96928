--- What a program does with fetch, short enough to run for every so many allocations in it: a
--- result is right, or tells of a failure that the server or the lack of memory explains.
---
--- PERILUNE_SPEC_URL is the hostile server's, PERILUNE_SPEC_FOLDER one for a file.
package.path = "host/lua/?.lua;" .. package.path
local fetch = require("perilune.native.fetch")

local url = assert(os.getenv("PERILUNE_SPEC_URL"))
local folder = assert(os.getenv("PERILUNE_SPEC_FOLDER"))
local path = folder .. "/file"

-- Without a host allocations alone fail; under one, calls of the system and of libcurl too.
local in_host = package.preload["perilune.host"] ~= nil
local TIMEOUT <const> = 20
local REASONS <const> = {
  connect = in_host, curl = in_host, file = in_host, memory = true, system = in_host,
}

local function is_fault(r)
  return fetch.is_error(r.error) and REASONS[r.error.code] == true
end

local function is(r, code)
  return fetch.is_error(r.error) and r.error.code == code or in_host and is_fault(r)
end

local function check(r, body)
  assert(r.ok and r.body == body or is_fault(r), tostring(r.error))
end

local function read(name)
  local file <close> = assert(io.open(name))
  return file:read("a")
end

-- What stands there keeps its mode, whatever fails: it is not taken for nothing, and replaced.
local MODE <const> = 384

local function make_private(name)
  local uv = require("luv")
  uv.fs_close(assert(uv.fs_open(name, "w", MODE)))
end

local function is_private(name) return require("luv").fs_stat(name).mode & 511 == MODE end

local function check_one(s)
  local r = s:get(url .. "/cookie/two", { headers = { ["X-A"] = { "1", "2" } }, timeout = TIMEOUT })
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
  assert(r.ok and #table.concat(bytes) == 70000 or is_fault(r), tostring(r.error))
  if in_host then make_private(path) end
  r = s:get(url .. "/plain/ok", { path = path })
  assert(r.ok and read(path) == "hello\n" or is_fault(r), tostring(r.error))
  if in_host then assert(is_private(path), "its mode has changed") end
  r = s:put(url .. "/plain/ok", { body = "sea", verify = false })
  check(r, "hello\n")
  r = s:head(url .. "/plain/ok")
  assert(r.ok or is_fault(r), tostring(r.error))
  assert(is(s:get(url .. "/cut/body", { path = path, retries = 1, retry_delay = 0 }), "reset"))
end

local function check_many(s)
  local results = s:all({ url .. "/plain/ok", { url = url .. "/nowhere", method = "DELETE" },
    "http://127.0.0.1:1/", url .. "/plain/ok" }, { concurrency = 2, per_host = 1 })
  check(results[1], "hello\n")
  check(results[4], "hello\n")
  assert(is(results[2], "status") and is(results[3], "connect"))
  local urls = { url .. "/plain/ok", url .. "/stall/body", url .. "/stall/before" }
  for r in s:each(urls) do -- luacheck: ignore 512
    check(r, "hello\n")
    break
  end
end

-- So many that there is a second lane, or the first one has to do.
local function check_crowd(s)
  local urls = {}
  for i = 1, 40 do urls[i] = url .. "/plain/ok" end
  for _, r in ipairs(s:all(urls)) do check(r, "hello\n") end
end

local function check_all()
  local s <close> = fetch.session({ cookies = true, timeout = TIMEOUT })
  check_one(s)
  check_bodies(s)
  check_many(s)
  if in_host then check_crowd(s) end
end

-- Parts of files are there no longer, but for those that the system has refused to remove.
local function check_folder()
  local uv, left = require("luv"), false
  for name in uv.fs_scandir_next, assert(uv.fs_scandir(folder)) do
    if name ~= "file" then left = os.remove(folder .. "/" .. name) end
  end
  if left then error("a part is left: Permission denied", 0) end
end

local ok, problem = pcall(check_all)
if in_host then check_folder() end
if not ok then error(problem, 0) end
