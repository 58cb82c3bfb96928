local files = require("perilune.lab.files")
local profiler = require("perilune.profiler")
local source = require("perilune.profile.source")

local function inner(n)
  local sum = 0
  for i = 1, n do
    sum = sum + i
  end
  return sum
end

local function outer()
  for _ = 1, 3 do
    inner(1000)
  end
end

--- What `inner` and `outer` did, recorded in a mode.
local function recorded(mode)
  assert(profiler.start({ mode = mode }))
  outer()
  return assert(profiler.stop())
end

local function row_of(rows, name)
  for _, row in ipairs(rows) do
    if row.name == name then
      return row
    end
  end
end

describe("the profiler", function()
  after_each(function()
    profiler.stop()
  end)

  it("gives a profile of what ran between start and stop", function()
    local rows = recorded("calls"):stats()
    assert.are.equal(3, row_of(rows, "inner").calls)
    assert.are.equal(1, row_of(rows, "outer").calls)
    assert.is_true(row_of(rows, "outer").total >= row_of(rows, "inner").total)
  end)

  it("says whether it runs", function()
    assert.is_nil(profiler.running())
    profiler.start({ mode = "lines" })
    assert.are.equal("lines", profiler.running())
    profiler.stop()
    assert.is_nil(profiler.running())
    local profile, message = profiler.stop()
    assert.is_nil(profile)
    assert.are.equal("the profiler is not running", message)
  end)

  it("tells the sources as they were", function()
    local profile = recorded("calls")
    local own = debug.getinfo(1, "S").source
    assert.are.equal(source.hash(files.read(own:sub(2))), profile.sources[own])
    assert.are.equal(1, profile.processes)
    assert.are.equal(arg[0], profile.script.path)
  end)

  it("refuses an option that it does not have", function()
    local text = "bad argument #1 to 'start' (%s)"
    for why, options in pairs({
      ['there is no option "moode"; the options: interval, mode'] = { moode = "lines" },
      ["option 'interval' is for mode 'sample'"] = { interval = 1 },
      ["table expected, got 5"] = 5,
    }) do
      local ok, message = pcall(function() profiler.start(options) end)
      assert.is_false(ok)
      assert.equal(text:format(why), (message:gsub("^.-:%d+: ", "")))
      assert.matches("^spec/profiler/api_spec.lua:", message)
    end
    assert.is_nil(profiler.running())
  end)

  it("names wrong arguments, at the caller's line", function()
    local profile = recorded("calls")
    local function refused(object, name, ...)
      local given = table.pack(...)
      local _, message = pcall(function() object[name](table.unpack(given, 1, given.n)) end)
      local place, text = message:match("^(.-api_spec%.lua):%d+: (.*)")
      assert.is_string(place, message)
      return text
    end
    assert.equal("bad argument #1 to 'start' (table expected, got \"sample\")",
      refused(profiler, "start", "sample"))
    assert.equal("bad argument #1 to 'start' (mode 'x' is none of calls, sample, lines, memory)",
      refused(profiler, "start", { mode = "x" }))
    assert.equal("bad argument #1 to 'start' (the interval is not between 0.0001 and 10 seconds)",
      refused(profiler, "start", { mode = "sample", interval = "fast" }))
    profiler.start()
    assert.equal("the profiler is running already", refused(profiler, "start"))
    profiler.stop()
    assert.equal("bad argument #1 to 'zone' (string expected, got nil)", refused(profiler, "zone"))
    assert.equal("bad argument #1 to 'load' (string expected, got nil)", refused(profiler, "load"))
    assert.equal("bad argument #1 to 'stats' (table expected, got \"calls\")",
      refused(profile, "stats", profile, "calls"))
    assert.equal("bad argument #1 to 'stats' "
      .. "(option 'limit': an integer from 0 expected, got \"3\")",
      refused(profile, "stats", profile, { limit = "3" }))
    assert.equal("bad argument #1 to 'text' (there is no option \"lmit\"; the options: "
      .. "filter, limit, paint, reverse, sort, width)",
      refused(profile, "text", profile, { lmit = 3 }))
    assert.equal("bad argument #1 to 'diff' (perilune.profile expected, got table)",
      refused(profile, "diff", profile, {}))
    assert.equal("bad argument #1 to 'save' (string expected, got nil)",
      refused(profile, "save", profile))
    assert.equal("calling 'stats' on bad self (perilune.profile expected, got nil)",
      refused(profile, "stats"))
    assert.is_nil(profiler.running())
  end)

  it("has zones, which do nothing while it does not run", function()
    profiler.zone("idle"):close()
    profiler.start()
    do
      local _ <close> = profiler.zone("busy")
      inner(10)
    end
    local profile = profiler.stop()
    assert.are.equal("zone", row_of(profile:stats(), "busy").kind)
    assert.are.equal("busy", row_of(profile:callers("inner"), "busy").name)
  end)

  it("saves what can be loaded", function()
    local folder = assert(files.scratch())
    for _, mode in ipairs({ "calls", "sample", "lines", "memory" }) do
      local profile = recorded(mode)
      assert(profile:save(folder .. "/p.json"))
      local loaded = assert(profiler.load(folder .. "/p.json"))
      assert.are.equal(profile:encode("json"), loaded:encode("json"))
      assert.are.equal("string", type(profile:text()))
    end
    files.remove_tree(folder)
  end)

  it("hashes as FNV-1a does", function()
    assert.are.equal("fnv1a:cbf29ce484222325", source.hash(""))
    assert.are.equal("fnv1a:af63dc4c8601ec8c", source.hash("a"))
    assert.are.equal("fnv1a:85944171f73967e8", source.hash("foobar"))
  end)
end)
