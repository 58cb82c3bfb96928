local files = require("perilune.lab.files")
local made = require("spec.profiler.made")
local model = require("perilune.profile.model")
local source = require("perilune.profile.source")

local function view(name, ...)
  return require("perilune.profile.views." .. name)(...)
end

local function program()
  return model.new(made.program())
end

local function lines_of(text)
  local list = {}
  for line in text:gmatch("([^\n]*)\n") do
    list[#list + 1] = line
  end
  return list
end

local function has(text, ...)
  for _, part in ipairs({ ... }) do
    assert.is_truthy(text:find(part, 1, true), part .. "\nnot in\n" .. text)
  end
end

local function widest(text)
  local most = 0
  for _, line in ipairs(lines_of(text)) do
    most = math.max(most, utf8.len(line))
  end
  return most
end

describe("the table of functions", function()
  it("says what was recorded, and has a row for each function", function()
    local text = program():text({ width = 94 })
    has(text, "app.lua · every call · ", "\n10 functions by self\n",
      "calls  self ms     %  total ms      %  wait ms  suspended ms  function\n",
      "   40  2,000.0  31.4   2,000.0   31.4                         string.rep  [C]\n",
      "    4  1,000.0  15.7   3,750.0   58.8  500.000                work  app.lua:10\n",
      "  5/1    812.5  12.7     812.5   12.7                         fib  app.lua:3\n")
  end)

  it("tells in its foot what stands where", function()
    has(program():text({ width = 200 }),
      "169 calls recorded in 1.50 s of wall clock, 1.25 s of CPU time; 6.38 s in functions\n",
      "500 ms of it waiting, off the processor; coroutines suspended for 3.00 s, in neither self",
      "3 cycles of the incremental collector; its time lands on the functions that allocate\n")
  end)

  it("fits the width that there is, and gives up columns for it", function()
    for _, width in ipairs({ 50, 60, 80, 100, 120, 200 }) do
      assert.is_true(widest(program():text({ width = width })) <= width, width)
    end
    assert.is_nil(program():text({ width = 60 }):find("a call", 1, true))
    has(program():text({ width = 120 }), "5/1    812.5  12.7   162 ms     812.5   12.7   162 ms  ")
  end)

  it("says how much of all it shows, and in which order", function()
    has(program():text({ limit = 2, sort = "calls", reverse = true }),
      "\n2 of 10 functions by calls, reversed\n")
    has(program():text({ filter = "app.lua", limit = 1 }), "\n1 of 6 functions by self\n")
  end)

  it("keeps columns aligned whatever names hold", function()
    local odd = { name = "é\27[31m\xff\n" .. ("x"):rep(500), line = 7, kind = "Lua",
      source = "@" .. ("d/"):rep(90) .. "x.lua" }
    local text = model.new(made.profile({ "root", 0, 0, { odd, 1, 1 } })):text({ width = 80 })
    assert.is_true(widest(text) <= 80)
    assert.is_nil(text:find("[\27\xff]"))
    has(text, "é\\27[31m\\255 xx")
    odd.name = "f"
    text = model.new(made.profile({ "root", 0, 0, { odd, 1, 1 } })):text({ width = 80 })
    has(text, "f  …/d/d/", "/d/x.lua:7\n")
    assert.is_true(widest(text) <= 80)
  end)

  it("has bytes where memory was recorded", function()
    local text = model.new(made.profile({ "root", 0, 0, { "work", 2, 0.5, bytes = 100, blocks = 1,
      { "rep", 4, 0.25, bytes = 3000000, blocks = 40 } } }, { mode = "memory" })):text()
    has(text, "2 functions by bytes", "calls  own KiB      %  blocks  total KiB      %  self ms",
      "    4  2,929.7  100.0      40    2,929.7  100.0  250.000  string.rep  [C]",
      "    2      0.1              1    2,929.8  100.0  500.000  work  app.lua:10",
      "2.86 MiB allocated in 41 blocks")
  end)

  it("has samples where nothing was counted", function()
    local text = model.new(made.profile({ "root", 0, 0, { "work", 0, 0.5, samples = 50,
      { "rep", 0, 0.25, samples = 25 } } }, { mode = "sample", interval = 0.01 })):text()
    has(text, "sampled, every 10.0 ms", "samples  self ms     %  total ms      %  function",
      "     50  500.000  66.7   750.000  100.0  work", "75 samples recorded in")
  end)

  it("passes the notes of the recording on", function()
    has(model.new(made.profile({ "root", 0, 0, { "fib", 1, 1 } },
      { notes = { "memory ran out" } })):text(), "\nnote: memory ran out\n")
  end)

  it("is made of a profile without functions", function()
    has(model.new(made.profile({ "root", 0, 0 })):text(), "0 functions by self")
  end)
end)

describe("callers and callees", function()
  it("have a table for each function that is meant", function()
    has(view("callers", program(), "callers", "fib"), "fib  app.lua:3 was called by",
      "    1  250.000   812.500  main chunk  app.lua\n",
      "  4/2  562.500   562.500  fib  app.lua:3\n")
    has(view("callers", program(), "callees", "work"), "work  app.lua:10 called",
      "   40  2,000.0   2,000.0  string.rep  [C]\n")
    local text = view("callers", program(), "callers", "app.lua:3%d")
    has(text, "even  app.lua:30 was called by", "odd  app.lua:34 was called by")
  end)

  it("say when there are none, and when the function is unknown", function()
    has(view("callers", program(), "callees", "less"), "less called no function\n")
    local text, message = view("callers", program(), "callers", "nobody")
    assert.is_nil(text)
    assert.are.equal("no function 'nobody' in this profile", message)
  end)

  it("explain tail calls", function()
    local raw = made.profile({ "root", 0, 0, { "work", 1, 1, { "fib", 9, 1, tail = 8 } } })
    has(view("callers", model.new(raw), "callers", "fib"), "calls  tail",
      "    9     8", "left running when theirs had ended")
  end)
end)

describe("annotated source", function()
  local folder, path

  before_each(function()
    folder = assert(files.scratch())
    path = folder .. "/app.lua"
    local text = {}
    for i = 1, 50 do
      text[i] = ("\tline_%d()"):format(i)
    end
    assert(files.write(path, table.concat(text, "\n")))
  end)

  after_each(function()
    files.remove_tree(folder)
  end)

  local function profile(hash)
    local work = { name = "work", source = "@" .. path, line = 10, last = 20, kind = "Lua" }
    local raw = made.profile({ "root", 0, 0, { work, 1, 1 } }, { mode = "lines" })
    raw.sources = { ["@" .. path] = hash }
    return model.new(made.with_lines(raw,
      { { "work", 12, 1000, 0.25 }, { "work", 15, 1, 0.75 }, { "work", 40, 1, 0 } }))
  end

  it("has figures beside the lines that were recorded, and what stands around them", function()
    local text = view("annotate", profile(source.hash(files.read(path))))
    has(text, path .. "\n", "count  self ms     %  line\n",
      "1,000  250.000  25.0    12      line_12()\n", "    1  750.000  75.0    15      line_15()\n",
      "                        10      line_10()\n", "                       ...\n",
      "    1                   40      line_40()\n")
    assert.is_nil(text:find("line_9()", 1, true))
    assert.is_nil(text:find("has changed", 1, true))
  end)

  it("is whole for one file", function()
    local text = view("annotate", profile(), { file = "app.lua" })
    has(text, "      line_1()\n", "      line_50()\n")
    assert.are.equal(54, #lines_of(text))
    local none, message = view("annotate", profile(), { file = "other.lua" })
    assert.is_nil(none)
    assert.are.equal("no line of 'other.lua' was recorded", message)
  end)

  it("says when the file has changed, or is gone", function()
    has(view("annotate", profile("fnv1a:0000000000000000")),
      "the file has changed since it was profiled")
    assert(os.remove(path))
    has(view("annotate", profile()), "the file cannot be read", "1,000  250.000  25.0    12\n")
  end)

  it("has bytes and blocks where memory was recorded", function()
    local raw = profile().raw
    raw.mode, raw.lines.bytes, raw.lines.blocks = "memory", { 3072, 1024, 0 }, { 3, 1, 0 }
    has(view("annotate", model.new(raw)), "count  blocks  own B  self ms     %  line",
      "1,000       3  3,072  250.000  75.0    12")
  end)

  it("has the costliest lines alone where there are many", function()
    local text = view("annotate", profile(), { limit = 1 })
    has(text, "    1  750.000  75.0    15      line_15()\n", "line_13()", "line_17()",
      "1 of 3 lines that were recorded, the costliest")
    assert.is_nil(text:find("line_12()", 1, true))
    assert.is_nil(text:find("line_40()", 1, true))
  end)

  it("fits the width that there is", function()
    for _, width in ipairs({ 50, 80, 120 }) do
      for _, options in ipairs({ { file = "app.lua" }, { limit = 1 } }) do
        options.width = width
        local text = view("annotate", profile("fnv1a:0000000000000000"), options)
        assert.is_true(widest(text) <= width, width)
        has(text:gsub("\n", " "), "figures may stand beside other lines")
      end
    end
  end)

  it("shows the text of a chunk that was no file", function()
    local chunk = { name = "main chunk", source = "local x = 1\nreturn x", line = 0, kind = "main" }
    local raw = made.with_lines(made.profile({ "root", 0, 0, { chunk, 1, 1 } }),
      { { "main chunk", 2, 1, 1 } })
    has(view("annotate", model.new(raw)), '[string "local x = 1..."]', "2  return x\n")
  end)

  it("is not there without lines", function()
    local text, message = view("annotate", program())
    assert.is_nil(text)
    assert.matches("^this profile has no lines", message)
  end)
end)

describe("the flame view", function()
  it("has a bar for each context under its caller's, and recursion in one", function()
    local text = view("flame", program(), { width = 80 })
    local rows = lines_of(text)
    assert.matches("^████████████████████████   100.0", rows[4])
    has(text, "  100.0  6,375.0  (program)\n", "  100.0  6,375.0    main chunk  app.lua\n",
      "   58.8  3,750.0      work  app.lua:10\n", "   31.4  2,000.0        string.rep  [C]\n",
      "   12.7    812.5      fib  app.lua:3  3 deep\n")
    assert.is_true(widest(text) <= 80)
  end)

  it("shows the largest contexts, and says how many it leaves out", function()
    local text = view("flame", program(), { limit = 3 })
    assert.are.equal(8, #lines_of(text))
    has(text, "(program)", "main chunk", "work", "11 contexts not shown: smaller than these")
  end)

  it("has bytes where memory was recorded", function()
    local raw = made.profile({ "root", 0, 0, { "rep", 1, 1, bytes = 2048 }, { "fib", 1, 5 } },
      { mode = "memory" })
    has(view("flame", model.new(raw)), "B  function", "100.0  2,048    string.rep")
  end)

  it("is made of a profile in which nothing took time", function()
    has(view("flame", model.new(made.profile({ "root", 0, 0 }))), "(program)")
  end)
end)

describe("the view of a difference", function()
  it("has before, after and change, and marks what is new or gone", function()
    local fresh = { name = "fresh", source = "@app.lua", line = 90, kind = "Lua" }
    local old = made.profile({ "root", 0, 0, { "work", 4, 3 }, { "fib", 1, 2 } })
    local new = made.profile({ "root", 0, 0, { "work", 2, 0.5 }, { fresh, 7, 1 } })
    local text = view("diff", model.new(old), model.new(new), { width = 100 })
    has(text, "before  app.lua", "after   app.lua",
      " self ms   before  after ms  total ms  calls  function",
      "-2,500.0  3,000.0     500.0  -2,500.0     -2  work  app.lua:10\n",
      "-2,000.0  2,000.0            -2,000.0     -1  gone fib  app.lua:3\n",
      "+1,000.0            1,000.0  +1,000.0     +7  new fresh  app.lua:90\n",
      "all: 5.00 s -> 1.50 s, 0.30x; 3 functions changed\n")
  end)

  it("fits the width that there is", function()
    local sampled = model.new(made.profile({ "root", 0, 0, { "work", 4, 3 } }, { mode = "sample" }))
    for _, width in ipairs({ 50, 80, 120 }) do
      local text = view("diff", program(), sampled, { width = width })
      assert.is_true(widest(text) <= width, width)
      has(text:gsub("\n", " "), "all: 6.38 s -> 3.00 s, 0.47x; 10 functions changed",
        "note: recorded in two modes, calls and sample")
    end
  end)

  it("says that nothing changed", function()
    has(view("diff", program(), program()), "no function changed")
  end)

  it("warns of two modes", function()
    local sampled = model.new(made.profile({ "root", 0, 0 }, { mode = "sample" }))
    has(view("diff", program(), sampled), "recorded in two modes, calls and sample")
  end)
end)
