--- The html format as a browser shows it, and its way there.
local dkjson = require("dkjson")
local files = require("perilune.lab.files")
local profiler = require("perilune.profiler")
local uv = require("luv")
local browser = require("spec.profiler.browser")
local made = require("spec.profiler.made")
local program = require("spec.cli.program")

local HOSTILE = "</script><script>alert(1)</script><!-- title -->"
local SHOWN = "frames[0]?.document.body?.innerText.includes('Sandwich')"
local ROWS = "frames[0].document.querySelectorAll('tr')"

local function lua_function(name, line)
  return { name = name, source = "@slow.lua", line = line, last = line + 5, kind = "Lua" }
end

local HEAD = {
  duration = 1.25, cpu = 1.2, script = { path = "src/a & <b>.lua" },
  notes = { "Recursion <deeper> than 200 is folded." },
}

-- The time of `find_duplicates` is planted: 0.625 of one second.
local function fixture()
  local c = { name = "bytes \xff\0", source = "=[C]", line = -1, last = -1, kind = "C" }
  return made.profile({ "root", 0, 0,
    { "main", 1, 0.046875,
      { lua_function("find_duplicates", 10), 1000, 0.625 },
      { lua_function(HOSTILE, 20), 200, 0.1875,
        { lua_function("größe 日本 ✓", 30), 30, 0.125, { c, 4, 0.015625 } } } },
  }, HEAD)
end

--- A profile with a tree of `count` nodes, ten below each.
local function large(count)
  local raw = fixture()
  local nodes = { parent = {}, ["function"] = {}, calls = {}, self = {} }
  for i = 1, count do
    nodes.parent[i], nodes["function"][i] = (i + 8) // 10, i == 1 and 1 or i % 5 + 2
    nodes.calls[i], nodes.self[i] = 1, i == 1 and 0 or i % 5 == 1 and 2e-5 or 1e-5
  end
  raw.nodes = nodes
  return raw
end

local function save(raw, folder, name)
  local path = folder .. "/" .. name
  assert(files.write(path .. ".json", dkjson.encode(raw)))
  return path, profiler.load(path .. ".json"):save(path)
end

local function why_not(folder)
  local _, ok, message = save(fixture(), folder, "try.html")
  return not ok and message
    or not browser.find() and "chromium is missing (apt-get install chromium)"
end

--- The cells of speedscope's table of functions, the one with the most time of its own first.
local function table_of(page)
  page:wait(("frames[0] && %s.length > 1"):format(ROWS))
  return page:evaluate(("[...%s].map(row => [...row.cells].map(cell => cell.textContent))"):format(
    ROWS))
end

describe("the page of a profile", function()
  local folder, reason

  setup(function()
    folder = program.folder()
    reason = why_not(folder)
    assert(not (reason and os.getenv("CI")), reason)
  end)

  teardown(function()
    program.remove(folder)
  end)

  local function open(raw, view)
    if reason then
      pending(reason)
    end
    local path = save(raw, folder, "a page.html")
    return browser.open("file://" .. path:gsub(" ", "%%20") .. (view and "#view=" .. view or ""))
  end

  it("has the function that takes the time on top, names of any bytes, no error, no network",
    function()
      local page <close> = open(fixture(), "sandwich")
      assert.same({
        { "Total", "Self", "Symbol Name" },
        { "625.00ms (63%)", "625.00ms (63%)", "find_duplicates" },
        { "328.13ms (33%)", "187.50ms (19%)", HOSTILE },
        { "140.63ms (14%)", "125.00ms (13%)", "größe 日本 ✓" },
        { "1.00s (100%)", "46.88ms (4.7%)", "main chunk" },
        { "15.63ms (1.6%)", "15.63ms (1.6%)", "bytes \u{FFFD}\0" },
      }, table_of(page))
      assert.same({}, page.errors)
      for _, address in ipairs(page.requests) do
        assert.truthy(address:find("^file:///") or address:find("^data:"), address)
      end
    end)

  it("tells what was recorded above a flame graph", function()
    local page <close> = open(fixture())
    page:wait(SHOWN)
    local header = page:evaluate("document.querySelector('header').innerText")
    for _, text in ipairs({ "a & <b>.lua", "every call", "1.25 s, CPU 1.2 s", "1,235 calls",
      "3 garbage collections", "2025-11-22", "Recursion <deeper> than 200 is folded." }) do
      assert.truthy(header:find(text, 1, true), header)
    end
    assert.equal("a & <b>.lua", page:evaluate("document.title"))
    assert.same({}, page.errors)
  end)

  it("shows 100,000 calling contexts", function()
    local page <close> = open(large(100000), "sandwich")
    local rows = table_of(page)
    assert.equal("399.98ms (33%)", rows[2][2])
    assert.same({}, page.errors)
  end)

  it("brings its font and icons along", function()
    local page <close> = open(fixture())
    page:wait(SHOWN)
    local text = page:evaluate("frames[0].document.body.innerText")
    assert.truthy(text:find("≡Sandwich", 1, true), text)
    assert.equal("loaded", page:evaluate("[...frames[0].document.fonts][0].status"))
  end)
end)

describe("a page that cannot be", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder
  before_each(function()
    folder = program.folder()
  end)
  after_each(function()
    program.remove(folder)
  end)

  local SAVE = [[
    local profile = assert(require("perilune.profiler").load("a.json"))
    print(profile:save("a.html"))]]
  local OPEN = [[print(require("perilune.profile.open")("a 'b\".html"))]]

  local function run(code, variables)
    return program.run({ "-e", code }, folder, variables).out
  end

  it("is refused with what to do where npm was missing", function()
    assert(files.write(folder .. "/a.json", dkjson.encode(fixture())))
    assert(files.write(folder .. "/web.log", "npm is missing (apt-get install npm)\n"))
    assert.equal(("nil\tthe html format is not built: npm is missing (apt-get install npm); "
      .. "then remove '%s/web.log' and build again\tformat\n"):format(folder),
      run(SAVE, { PERILUNE_SHARE = folder }))
    assert.is_nil(files.kind(folder .. "/a.html"))
  end)

  it("is named instead of opened where there is no browser", function()
    local address = "file://" .. folder:gsub(" ", "%%20") .. "/a%20%27b%22.html"
    assert(files.write(folder .. "/a 'b\".html", ""))
    assert.equal("nil\tcannot open a browser (no display here); the page is " .. address .. "\n",
      run(OPEN, { BROWSER = "", DISPLAY = "", WAYLAND_DISPLAY = "" }))
    assert.equal("nil\tcannot open a browser (false: exit code 1); the page is " .. address .. "\n",
      run(OPEN, { BROWSER = "false" }))
  end)

  it("is opened in the browser that the user chose, by its address", function()
    local chosen, page = folder .. "/a browser", folder .. "/a 'b\".html"
    assert(files.write(page, ""))
    assert(files.write(chosen, '#!/bin/sh\nprintf "<%s>" "$@" >"$0.saw"\n'))
    assert(uv.fs_chmod(chosen, tonumber("755", 8)))
    assert.equal("true\n", run(OPEN, { BROWSER = "/nowhere/browser --new %s:" .. chosen }))
    assert.equal(("<file://%s/a%%20%%27b%%22.html>"):format((folder:gsub(" ", "%%20"))),
      files.read(chosen .. ".saw"))
  end)
end)
