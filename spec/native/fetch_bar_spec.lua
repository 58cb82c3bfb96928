--- perilune.fetch's option `progress`: a line that is drawn again and again, on a terminal alone.
local hostile = require("spec.fetch.hostile")
local quoted = require("perilune.shell").quoted
local pages = require("spec.cli.pages")
local sessions = require("spec.fetch.sessions")
local uv = require("luv")

describe("the progress of fetch", function()
  local server, path

  setup(function()
    server, path = sessions.start(hostile), os.tmpname()
    local file <close> = assert(io.open(path, "w"))
    file:write([[
      local fetch, url = require("perilune.native.fetch"), arg[1]
      local urls = {}
      for i = 1, 20 do urls[i] = url .. (i % 10 == 0 and "/nowhere" or "/plain/after/10") end
      fetch.all(urls, { concurrency = 4, progress = true })
      fetch.get(url .. "/plain/size/300000", { progress = true })
      local function next_url() return table.remove(urls) end
      for _ in fetch.each(next_url, { progress = true }) do break end
    ]])
  end)

  teardown(function()
    server:stop()
    os.remove(path)
  end)

  -- The lines as they stand at the end, and all that was drawn.
  local function shown(wrap)
    local program = ("%s %s %s"):format(quoted(uv.exepath()), quoted(path), server.url)
    local output, code = pages.shell(wrap:format(quoted(program)), ".")
    assert.equal(0, code, output)
    local lines = {}
    for line in output:gsub("\27%[[?%d]*%a", ""):gmatch("([^\n]*)\n") do
      lines[#lines + 1] = line:match("([^\r]+)\r*$")
    end
    return lines, output
  end

  it("is a bar on a terminal, and its last state stays", function()
    local lines, drawn = shown("TERM=xterm script -qec %s /dev/null")
    local full = "[" .. ("="):rep(24) .. "] "
    assert.equal(3, #lines, drawn)
    local start = "^" .. full:gsub("%p", "%%%0")
    assert.matches(start .. "20/20  122 B  %d+/s  2 failed$", lines[1])
    assert.matches(start .. "300%.0 kB/300%.0 kB  [%d.]+ %a?B/s$", lines[2])
    -- How many there will be is not known.
    assert.matches("^1  %d+ B  %d+/s", lines[3])
    -- A line that is too wide is cut off, or it would be a new one each time.
    local count = select(2, drawn:gsub("\r\27%[%?7l[^\r\n\27]+\27%[K\27%[%?7h", ""))
    assert.equal(select(2, drawn:gsub("/s", "")), count)
  end)

  it("is nothing on a terminal that understands nothing", function()
    assert.same({}, (shown("TERM=dumb script -qec %s /dev/null")))
  end)

  it("is nothing in a pipe", function()
    local lines = shown("sh -c %s")
    assert.same({}, lines)
  end)
end)
