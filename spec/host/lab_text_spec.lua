--- What the lab reads and writes as text.
local agree = require("perilune.lab.agree")
local answers = require("perilune.lab.answers")
local format = require("perilune.format")
local nearest = require("perilune.cli.nearest")
local report = require("perilune.lab.report")

describe("a written figure", function()
  local function number(text)
    local quantity = answers.number(text)
    return quantity and quantity.value, quantity and quantity.half
  end

  local function seconds(text)
    local quantity = answers.seconds(text)
    return quantity and tonumber(("%.6g"):format(quantity.value))
  end

  it("may have thousands, decimals and exponents", function()
    assert.equal(5000, number("5,000"))
    assert.equal(5000, number("5_000 integers"))
    assert.equal(1000000, number("1,000,000."))
    assert.equal(0.5, number("0,5"))
    assert.equal(1e6, number("n = 1e6"))
    assert.equal(162.5, number("about **162.5x**"))
  end)

  it("is as exact as its last digit", function()
    assert.same({ 86, 0.5 }, { number("86") })
    assert.same({ 0.4, 0.05 }, { number("0.4") })
  end)

  it("may have blanks between thousands", function()
    assert.equal(5000, number("5 000"))
    assert.equal(1000000, number("1 000 000 integers"))
    assert.equal(0.115, seconds("115 000 us"))
    assert.equal(5000, number("n = 5000 250 ms"))
    assert.equal(0.115, seconds("5,000 115 ms"))
  end)

  it("may be a ratio after other numbers", function()
    local function ratio(text) return answers.ratio(text).value end
    assert.equal(250, ratio("115/0.46 = 250x"))
    assert.equal(250, ratio("5,000: 250 times"))
    assert.equal(250, ratio("250 \u{d7}"))
    assert.equal(250, ratio("a factor of 250"))
  end)

  it("may have a unit in words, or emphasis", function()
    assert.equal(0.115, seconds("115 milliseconds"))
    assert.equal(0.115, seconds("**115** ms"))
    assert.equal(115e-6, seconds("115 \u{b5}s"))
  end)

  it("is nil where there is no number", function()
    assert.is_nil(number("fast"))
    assert.is_nil(seconds("fast"))
  end)

  it("is a time only with a unit", function()
    assert.is_nil(seconds("86"))
    assert.equal(0.086, seconds("86 ms"))
    assert.equal(0.086, seconds("86ms at n = 5,000"))
    assert.equal(0.086, seconds("at n = 5,000: 0.086 s"))
    assert.equal(4e-4, seconds("400 µs"))
    assert.equal(4e-4, seconds("400us"))
  end)

  it("is a size with a unit of memory behind it", function()
    local function bytes(text)
      local quantity = answers.bytes(text)
      return quantity and quantity.value
    end
    assert.equal(14 * 2 ^ 20, bytes("14.0 MiB"))
    assert.equal(14 * 2 ^ 20, bytes("14.0 MiB, 13 MiB more than before"))
    assert.equal(14e6, bytes("some 14 MB"))
    assert.equal(512, bytes("10,000 nodes: **0.5** KiB"))
    assert.equal(1234567, bytes("1,234,567 bytes"))
    assert.is_nil(bytes("14680064"))
    assert.equal(0.05 * 1024, answers.bytes("0.5 KiB").half)
  end)

  it("is a share with its sign behind it", function()
    local function percent(text)
      local quantity = answers.percent(text)
      return quantity and quantity.value
    end
    assert.equal(41, percent("app.lua:25: 0.79 s, 41 % of the time"))
    assert.equal(41.5, percent("(**41.5%**)"))
    assert.equal(33, percent("some 33 percent"))
    assert.is_nil(percent("41 of 100"))
    assert.equal(0.79, seconds("41 % or 0.79 s"))
  end)

  it("may be a time of several parts", function()
    assert.equal(5220, seconds("1 h 27 min"))
    assert.equal(200, seconds("3 min 20 s"))
  end)
end)

describe("answers.md", function()
  it("is read by heading, without comments, and tells lines", function()
    local sections = answers.parse("# T\n\n## Why\n<!-- a\nb -->\n\nBecause.\nSo.\n\n## Empty\n")
    assert.equal("Because.\nSo.", sections.why.text)
    assert.equal(7, sections.why.line)
    assert.equal("", sections.empty.text)
    assert.equal(10, sections.empty.line)
  end)

  it("counts sentences, not full stops", function()
    assert.equal(3, answers.sentences("One is 1.5 s. Two, e.g. this!\nThree?"))
    assert.equal(2, answers.sentences("One (n(n - 1)/2). And an unfinished one"))
    assert.equal(0, answers.sentences(""))
  end)
end)

describe("agreement as a set", function()
  local function differs(expected, got, part)
    local same, difference = agree.set(expected, got)
    assert.is_nil(same)
    assert.truthy(difference:find(part, 1, true), difference)
  end

  it("ignores the order", function() assert.is_true(agree.set({ 1, 2, 3 }, { 3, 1, 2 })) end)

  it("takes a float that equals an integer", function()
    assert.is_true(agree.set({ 3 }, { 3.0 }))
  end)

  it("tells what is missing, what is extra and what is there twice", function()
    differs({ 1, 2 }, { 1 }, "2 is missing")
    differs({ 1 }, { 1, 2 }, "2 does not belong")
    differs({ 1 }, { 1, 1 }, "1 is listed twice")
    differs({}, { 0 / 0 }, "does not belong")
  end)

  it("wants a list", function()
    differs({}, nil, "nothing was returned; a list was expected")
    differs({}, 7, "not number")
    differs({ 5 }, { [5] = true }, "keys 1..n")
  end)
end)

describe("agreement as a value", function()
  it("takes what is equal all the way down", function()
    assert.is_true(agree.value({ a = { 1, 0 / 0 } }, { a = { 1, 0 / 0 } }))
    assert.is_true(agree.value("x", "x"))
  end)

  it("tells what differs, and where", function()
    local function differs(expected, got)
      return (select(2, agree.value(expected, got)))
    end
    assert.equal("1 was expected, not 2", differs(1, 2))
    assert.equal('{3} was expected at ["a"][2], not nil',
      differs({ a = { 1, { 3 } } }, { a = { 1 } }))
    assert.equal('["b"] does not belong there', differs({ a = 1 }, { a = 1, b = 2 }))
  end)
end)

describe("text for people", function()
  it("groups thousands", function()
    assert.equal("0", format.count(0))
    assert.equal("999", format.count(999))
    assert.equal("1,000,000", format.count(1000000))
    assert.equal("-100,000", format.count(-100000))
  end)

  it("gives times a fitting unit", function()
    assert.equal("30.9 ns", format.seconds(3.09e-8))
    assert.equal("400 us", format.seconds(4e-4))
    assert.equal("86.4 ms", format.seconds(0.0864))
    assert.equal("1.50 s", format.seconds(1.5))
    assert.equal("1 h 26 min", format.seconds(5212))
  end)

  it("shows sizes in the unit that fits", function()
    assert.equal("17 B", format.bytes(17))
    assert.equal("1.50 KiB", format.bytes(1536))
    assert.equal("100 KiB", format.bytes(102390))
    assert.equal("8.00 GiB", format.bytes(8 << 30))
    assert.equal("-2.00 MiB", format.bytes(-2 << 20))
  end)

  it("shortens long values", function()
    assert.equal("{1, 2, ... 3 more}", format.value({ 1, 2, 3, 4, 5 }, 2))
    assert.equal('{"a", ["x"] = true}', format.value({ "a", x = true }))
  end)

  it("shows NaN without its sign", function()
    assert.equal("{nan, nan}", format.value({ 0 / 0, -(0 / 0) }))
  end)

  it("shows tables three deep", function()
    assert.equal("{1, {2, {3, {...}, {}}}}", format.value({ 1, { 2, { 3, { 4 }, {} } } }))
    local own = {}
    own[1] = own
    assert.equal("{{{{...}}}}", format.value(own))
  end)

  it("keeps strings on one line and free of control characters", function()
    assert.equal('"a\\nb\\27[2J"', format.value("a\nb\27[2J"))
    assert.equal("a b \\27[2J \\255 \u{b5}", format.printable("a\n\tb \27[2J \255 \u{b5}"))
    assert.equal("xx ...", format.printable(("x"):rep(9), 2))
  end)

  it("wraps a paragraph to the columns there are", function()
    assert.equal("  one two\n  three", report.paragraph("one two three", 10))
  end)

  it("finds the nearest name", function()
    local names = { "list", "start", "check" }
    assert.equal("check", nearest("chekc", names))
    assert.equal("start", nearest("strat", names))
    assert.is_nil(nearest("nothing", names))
  end)
end)
