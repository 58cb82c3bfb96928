local check = require("perilune.profile.check")
local made = require("spec.profiler.made")
local model = require("perilune.profile.model")
local sort = require("perilune.profile.sort")

local function by_name(rows)
  local found = {}
  for _, row in ipairs(rows) do
    found[row.name] = row
  end
  return found
end

local function names(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = row.name
  end
  return list
end

local function program()
  return model.new(made.program())
end

describe("a profile's stats", function()
  it("have each function once, with the total of its topmost contexts", function()
    local rows = by_name(program():stats())
    assert.are.equal(0.8125, rows.fib.self)
    assert.are.equal(0.8125, rows.fib.total)
    assert.are.equal(6.375, rows["main chunk"].total)
    assert.are.equal(3.75, rows.work.total)
    assert.are.equal(0.75, rows.helper.total)
  end)

  it("count mutual recursion once a path", function()
    local rows = by_name(program():stats())
    assert.are.equal(0.625, rows.even.self)
    assert.are.equal(0.9375, rows.even.total)
    assert.are.equal(0.4375, rows.odd.total)
  end)

  it("tell calls that were no recursion", function()
    local rows = by_name(program():stats())
    assert.are.equal(5, rows.fib.calls)
    assert.are.equal(1, rows.fib.primitive)
    assert.are.equal(2, rows.odd.calls)
    assert.are.equal(1, rows.odd.primitive)
    assert.are.equal(10, rows.helper.primitive)
  end)

  it("keep waits and suspension apart", function()
    local rows = by_name(program():stats())
    assert.are.equal(0.5, rows.work.wait)
    assert.are.equal(3, rows.helper.suspended)
    assert.are.equal(0, rows.fib.wait)
  end)

  it("leave out the root unless something happened there", function()
    assert.is_nil(by_name(program():stats())["(program)"])
    local raw = made.profile({ "root", 0, 0.5, { "fib", 1, 1 } })
    assert.are.equal(0.5, by_name(model.new(raw):stats())["(program)"].self)
  end)

  it("take two entries of one function for one", function()
    local twin = { name = "fib", source = "@app.lua", line = 3, last = 8, kind = "Lua" }
    local rows = model.new(made.profile({ "root", 0, 0,
      { "fib", 1, 1, { twin, 2, 2 } } })):stats()
    assert.are.equal(1, #rows)
    assert.are.equal(3, rows[1].total)
    assert.are.equal(1, rows[1].primitive)
  end)

  it("come sorted, filtered, turned and cut", function()
    local profile = program()
    assert.are.same({ "string.rep", "work", "fib" }, names(profile:stats({ limit = 3 })))
    assert.are.same({ "less", "string.rep", "helper" },
      names(profile:stats({ sort = "calls", limit = 3 })))
    assert.are.same({ "main chunk", "work", "string.rep" },
      names(profile:stats({ sort = "cumulative", limit = 3 })))
    assert.are.same({ "even", "fib", "helper" }, names(profile:stats({ sort = "name", limit = 3 })))
    assert.are.same({ "helper" }, names(profile:stats({ filter = "lib/text.lua" })))
    assert.are.same({ "even", "odd" }, names(profile:stats({ filter = "app.lua:3%d" })))
    assert.are.same({ "table.sort", "main chunk" },
      names(profile:stats({ sort = "self", reverse = true, limit = 2 })))
    local _, count = profile:stats({ limit = 1 })
    assert.are.equal(10, count)
  end)

  it("take a filter that is no pattern as plain text", function()
    local odd = { name = "a[b", source = "@x%.lua", line = 1, kind = "Lua" }
    local profile = model.new(made.profile({ "root", 0, 0, { odd, 1, 1 }, { "fib", 1, 1 } }))
    assert.are.same({ "a[b" }, names(profile:stats({ filter = "a[b" })))
    assert.are.same({ "a[b" }, names(profile:stats({ filter = "x%.lua" })))
  end)

  it("refuse an unknown word", function()
    assert.error_matches(function()
      program():stats({ sort = "bogus" })
    end, "unknown sort key 'bogus': self, total")
  end)

  it("have a row for each function of a very deep tree", function()
    local raw = made.profile({ "root", 0, 0, { "even", 1, 1 } })
    local nodes = raw.nodes
    for i = 3, 200001 do
      nodes.parent[i], nodes["function"][i], nodes.calls[i], nodes.self[i] = i - 1, 2, 1, 0.5
    end
    local rows = model.new(raw):stats()
    assert.are.equal(200000, rows[1].calls)
    assert.are.equal(1, rows[1].primitive)
    assert.are.equal(1 + 199999 * 0.5, rows[1].total)
  end)
end)

describe("sort words", function()
  local function field_of(word)
    return assert(sort.parse(word))[1].key
  end

  it("are ours and those of pstats", function()
    local meanings = {
      self = "self", time = "self", tottime = "self", total = "total", cumulative = "total",
      cumtime = "total", calls = "calls", ncalls = "calls", pcalls = "primitive", file = "file",
      filename = "file", module = "file", name = "name", line = "line", stdname = "stdname",
      wait = "wait", suspended = "suspended", bytes = "bytes", blocks = "blocks",
      samples = "samples",
    }
    for word, field in pairs(meanings) do
      assert.are.equal(field, field_of(word), word)
    end
    local keys = sort.parse("nfl")
    assert.are.same({ "name", "file", "line" }, { keys[1].key, keys[2].key, keys[3].key })
  end)

  it("may be shortened where all that begin so mean the same", function()
    assert.are.equal("total", field_of("cum"))
    assert.are.equal("file", field_of("fi"))
    assert.are.equal("self", field_of("ti"))
    assert.are.equal("primitive", field_of("p"))
    local keys, message = sort.parse("to")
    assert.is_nil(keys)
    assert.are.equal("sort key 'to' may mean total or tottime", message)
    assert.is_nil((sort.parse("")))
  end)

  it("put figures in falling and names in rising order, as pstats does", function()
    for word, down in pairs({ calls = true, cum = true, tottime = true, pcalls = true }) do
      assert.are.equal(down, sort.parse(word)[1].down, word)
    end
    for _, word in ipairs({ "file", "line", "module", "name", "nfl", "stdname" }) do
      assert.is_nil(sort.parse(word)[1].down, word)
    end
  end)

  it("may be several", function()
    local keys = sort.parse("calls, name")
    assert.are.same({ "calls", "name" }, { keys[1].key, keys[2].key })
  end)
end)

describe("a profile's callers and callees", function()
  local function shown(rows)
    local list = {}
    for i, row in ipairs(rows) do
      list[i] = { row.name, row.of.name, row.calls, row.primitive, row.self, row.total }
    end
    return list
  end

  it("give what a function did for each caller", function()
    assert.are.same({
      { "parse", "helper", 8, 8, 0.5, 0.5 },
      { "main chunk", "helper", 2, 2, 0.25, 0.25 },
    }, shown(program():callers("helper")))
  end)

  it("give what each callee did for a function", function()
    assert.are.same({
      { "string.rep", "work", 40, 40, 2, 2 },
      { "parse", "work", 4, 4, 0.25, 0.75 },
    }, shown(program():callees("work")))
  end)

  it("count a pair once a path", function()
    assert.are.same({
      { "main chunk", "fib", 1, 1, 0.25, 0.8125 },
      { "fib", "fib", 4, 2, 0.5625, 0.5625 },
    }, shown(program():callers("fib")))
    assert.are.same({ { "odd", "even", 2, 1, 0.3125, 0.4375 } }, shown(program():callees("even")))
  end)

  it("find functions by a part of their name or file where none has the name", function()
    assert.are.same({ "work" }, names(program():callers("string.re")))
    assert.are.same({}, program():callers("no such function"))
  end)
end)

describe("a profile's tree", function()
  it("has contexts under their callers", function()
    local main = program():tree().children[1]
    assert.are.equal("main chunk", main.name)
    assert.are.same({ "fib", "work", "table.sort", "even", "helper" }, names(main.children))
    assert.are.equal(0.5625, main.children[1].children[1].total)
    assert.are.equal(2, main.children[1].children[1].calls)
  end)
end)

describe("a profile's lines", function()
  it("are summed by source and line", function()
    local raw = made.with_lines(made.program(), {
      { "work", 12, 4, 0.75 }, { "fib", 4, 5, 0.5 }, { "odd", 12, 1, 0.25 },
    })
    local rows = model.new(raw):lines()
    assert.are.equal(2, #rows)
    assert.are.equal(4, rows[1].line)
    assert.are.equal(12, rows[2].line)
    assert.are.equal(5, rows[2].count)
    assert.are.equal(1, rows[2].self)
    assert.are.same({}, program():lines())
  end)
end)

describe("the difference of two profiles", function()
  local FRESH = { name = "fresh", source = "@app.lua", line = 90, last = 91, kind = "Lua" }

  it("is nothing for one profile", function()
    for _, row in ipairs(program():diff(program())) do
      assert.are.equal(0, row.self)
      assert.is_nil(row.status)
    end
  end)

  it("has what changed, what is new and what is gone, the largest first", function()
    local old = made.profile({ "root", 0, 0, { "work", 1, 3, { "rep", 9, 0.5 } }, { "fib", 1, 2 } })
    local new = made.profile({ "root", 0, 0, { "work", 3, 0.5, { "rep", 9, 0.5 } },
      { FRESH, 2, 1 } })
    local rows = model.new(old):diff(model.new(new))
    assert.are.same({ "work", "fib", "fresh", "string.rep" }, names(rows))
    assert.are.equal(-2.5, rows[1].self)
    assert.are.equal(-2.5, rows[1].total)
    assert.are.equal(2, rows[1].calls)
    assert.are.equal("gone", rows[2].status)
    assert.are.equal(-2, rows[2].self)
    assert.are.equal("new", rows[3].status)
    assert.are.equal(1, rows[3].new.total)
    assert.are.equal(0, rows[4].self)
  end)

  it("knows a function whose lines have moved", function()
    local moved = { name = "fib", source = "@app.lua", line = 13, last = 18, kind = "Lua" }
    local rows = model.new(made.profile({ "root", 0, 0, { "fib", 1, 2 } }))
      :diff(model.new(made.profile({ "root", 0, 0, { moved, 1, 0.5 } })))
    assert.are.equal(1, #rows)
    assert.are.equal(-1.5, rows[1].self)
  end)

  it("knows the functions of a script that was saved under another name", function()
    local moved = { name = "fib", source = "@fast.lua", line = 3, last = 8, kind = "Lua" }
    local new = made.profile({ "root", 0, 0, { moved, 1, 0.5 } },
      { script = { path = "fast.lua" } })
    local rows = model.new(made.profile({ "root", 0, 0, { "fib", 1, 2 } })):diff(model.new(new))
    assert.are.equal(1, #rows)
    assert.is_nil(rows[1].status)
  end)
end)

describe("profiles merged", function()
  it("have the sums of both, context by context", function()
    local whole = program():merge(program())
    local rows = by_name(whole:stats())
    assert.are.equal(10, rows.fib.calls)
    assert.are.equal(2, rows.fib.primitive)
    assert.are.equal(1.625, rows.fib.total)
    assert.are.equal(6, rows.helper.suspended)
    assert.are.equal(#made.program().nodes.parent, #whole.nodes.parent)
    assert.are.equal(2, whole.processes)
    assert.are.equal(3, whole.duration)
    assert.are.equal(6, whole.collector.cycles)
    assert.is_true(check(whole.raw))
  end)

  it("leave both as they were", function()
    local one, other = program(), program()
    one:merge(other)
    assert.are.same(made.program(), one.raw)
    assert.are.same(made.program(), other.raw)
  end)

  it("add contexts and functions that only one has", function()
    local one = model.new(made.profile({ "root", 0, 0, { "main", 1, 1, { "fib", 1, 1 } } }))
    local other = model.new(made.profile({ "root", 0, 0,
      { "main", 1, 1, { "work", 2, 3, { "fib", 1, 0.5, bytes = 7 } } } }))
    local whole = one:merge(other)
    local rows = by_name(whole:stats())
    assert.are.equal(2, rows["main chunk"].calls)
    assert.are.equal(1.5, rows.fib.self)
    assert.are.equal(7, rows.fib.bytes)
    assert.are.equal(3, rows.work.self)
    assert.is_true(check(whole.raw))
  end)

  it("know a function by its position, whatever it is called", function()
    local alias = { name = "obj.fib", source = "@app.lua", line = 3, last = 8, kind = "Lua" }
    local sources = { sources = { ["@app.lua"] = "fnv1a:0123456789abcdef" } }
    local one = model.new(made.profile({ "root", 0, 0, { "fib", 1, 1 } }, sources))
    local other = model.new(made.profile({ "root", 0, 0, { alias, 2, 2 } }, sources))
    local rows = one:merge(other):stats()
    assert.are.equal(1, #rows)
    assert.are.equal(3, rows[1].calls)
  end)

  it("say when a source was not the same", function()
    local function of(hash)
      return model.new(made.profile({ "root", 0, 0, { "fib", 1, 1 } },
        { sources = { ["@app.lua"] = hash } }))
    end
    assert.are.same({ "app.lua was not the same in all of the profiles" },
      of("fnv1a:1"):merge(of("fnv1a:2")).notes)
  end)

  it("join lines", function()
    local function of(rows)
      return model.new(made.with_lines(made.program(), rows))
    end
    local whole = of({ { "fib", 4, 1, 0.5 } })
      :merge(of({ { "fib", 4, 2, 0.25 }, { "work", 11, 3, 1 } }))
    local rows = whole:lines()
    assert.are.equal(3, rows[1].count)
    assert.are.equal(0.75, rows[1].self)
    assert.are.equal(3, rows[2].count)
    assert.is_true(check(whole.raw))
  end)
end)
