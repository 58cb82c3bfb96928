--- perilune.native.fetch: what becomes of a file that is there.
local fetch = require("perilune.native.fetch")
local hostile = require("spec.fetch.hostile")
local uv = require("luv")

describe("a file that native fetch writes", function()
  local server, folder

  setup(function() server = hostile.start() end)
  teardown(function() server:stop() end)
  before_each(function() folder = assert(uv.fs_mkdtemp("/tmp/perilune-XXXXXX")) end)

  local function names()
    local list = {}
    for name in uv.fs_scandir_next, assert(uv.fs_scandir(folder)) do list[#list + 1] = name end
    table.sort(list)
    return list
  end

  after_each(function()
    for _, name in ipairs(names()) do
      if not os.remove(folder .. "/" .. name) then uv.fs_rmdir(folder .. "/" .. name) end
    end
    assert(uv.fs_rmdir(folder))
  end)

  local function write(path, text)
    local file <close> = assert(io.open(path, "wb"))
    assert(file:write(text))
  end

  local function read(path)
    local file <close> = assert(io.open(path, "rb"))
    return file:read("a")
  end

  local function get(path, route)
    return fetch.get(server.url .. (route or "/plain/ok"), { path = path })
  end

  local function mode(path) return uv.fs_stat(path).mode & 511 end

  it("has the mode that any new file has", function()
    assert.is_true(get(folder .. "/new").ok)
    write(folder .. "/other", "")
    assert.equal(mode(folder .. "/other"), mode(folder .. "/new"))
  end)

  it("keeps the mode that it had", function()
    write(folder .. "/secret", "old")
    assert(uv.fs_chmod(folder .. "/secret", 384))
    assert.is_true(get(folder .. "/secret").ok)
    assert.same({ "hello\n", 384 }, { read(folder .. "/secret"), mode(folder .. "/secret") })
  end)

  it("may be what a link leads to", function()
    write(folder .. "/file", "old")
    assert(uv.fs_symlink("file", folder .. "/link"))
    assert.equal(folder .. "/link", get(folder .. "/link").path)
    assert.same({ "hello\n", "link" },
      { read(folder .. "/file"), uv.fs_lstat(folder .. "/link").type })
    assert(os.remove(folder .. "/file"))
    local r = get(folder .. "/link")
    assert.same({ "file", folder .. "/link: No such file or directory", "link" },
      { r.error.code, r.error.message, uv.fs_lstat(folder .. "/link").type })
    assert(uv.fs_symlink("link", folder .. "/file"))
    assert.equal(folder .. "/link: Too many levels of symbolic links",
      get(folder .. "/link").error.message)
  end)

  it("are refused before anything is asked for where they cannot be looked at", function()
    local path = folder .. "/" .. ("x"):rep(300)
    local r = get(path)
    assert.same({ "file", path .. ": File name too long", 0 },
      { r.error.code, r.error.message, r.bytes })
  end)

  it("may have a name without a folder", function()
    local here = uv.cwd()
    assert(uv.chdir(folder))
    local r = get("plain")
    assert(uv.chdir(here))
    assert.same({ "plain", { "plain" }, "hello\n" }, { r.path, names(), read(folder .. "/plain") })
  end)

  it("may be a device, which stays one", function()
    assert.is_true(get("/dev/null").ok)
    assert.equal("char", uv.fs_stat("/dev/null").type)
  end)

  it("is no folder, pipe or name with a zero byte", function()
    local function fails(message, path)
      local r = get(path)
      assert.same({ false, "file", path .. ": " .. message },
        { r.ok, r.error.code, r.error.message })
    end
    fails("Is a directory", folder)
    fails("Not a directory", "/dev/null/file")
    fails("a zero byte in the path", folder .. "/a\0b")
    assert(os.execute(("mkfifo '%s/pipe'"):format(folder)))
    fails("Operation not supported", folder .. "/pipe")
    assert.same({ "pipe" }, names())
  end)

  it("may have the longest of names", function()
    local path = folder .. "/" .. ("n"):rep(255)
    assert.is_true(get(path).ok)
    assert.equal("hello\n", read(path))
  end)

  it("is not there where its folder is read-only, nor is anything else", function()
    if uv.getuid() == 0 then
      pending("nothing is read-only for root")
      return
    end
    assert(uv.fs_chmod(folder, 320))
    assert.equal("file", get(folder .. "/new").error.code)
    assert(uv.fs_chmod(folder, 448))
    assert.same({}, names())
  end)

  it("may be a device that is full, in the midst of a long body or at its end", function()
    for _, route in ipairs { "/plain/size/500000", "/plain/ok" } do
      local r = get("/dev/full", route)
      assert.same({ "file", "/dev/full: No space left on device" },
        { r.error.code, r.error.message })
    end
  end)

  it("is not made where all names that a part of it may have are taken", function()
    local s <close> = fetch.session()
    local function part(i)
      return ("%s/.perilune-%d-0-%d.part"):format(folder, uv.os_getpid(), i)
    end
    for i = 0, 98 do write(part(i), "") end
    assert.is_true(s:get(server.url .. "/plain/ok", { path = folder .. "/new" }).ok)
    write(part(99), "")
    local r = s:get(server.url .. "/plain/ok", { path = folder .. "/other" })
    assert.same({ "file", folder .. "/other: File exists" }, { r.error.code, r.error.message })
    assert.is_nil(uv.fs_stat(folder .. "/other"))
  end)

  it("leaves no part of itself when its request fails or is cancelled", function()
    for _, route in ipairs { "/cut/size", "/reset/size", "/nowhere", "/redirect/loop",
      "/interim/switching" } do
      assert.is_false(get(folder .. "/new", route).ok)
      assert.same({}, names())
    end
    for _ in fetch.each({ server.url .. "/plain/ok", -- luacheck: ignore 512
      { url = server.url .. "/stall/body", path = folder .. "/new" } }) do break end
    assert.same({}, names())
  end)
end)
