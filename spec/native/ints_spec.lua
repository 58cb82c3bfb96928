--- perilune.ints: packed vectors of 64-bit integers.
local blame = require("spec.contract.blame")
local ints = require("perilune.ints")

local LOW <const>, HIGH <const> = math.mininteger, math.maxinteger

local function list_of(vector) return vector:totable() end

-- The generator as its authors publish it.
local function xoshiro(seed)
  local function splitmix()
    seed = seed + 0x9E3779B97F4A7C15
    local z = (seed ~ seed >> 30) * 0xBF58476D1CE4E5B9
    z = (z ~ z >> 27) * 0x94D049BB133111EB
    return z ~ z >> 31
  end
  local function rotate(x, k) return x << k | x >> (64 - k) end
  local a, b, c, d = splitmix(), splitmix(), splitmix(), splitmix()
  return function()
    local result, shifted = rotate(b * 5, 7) * 9, b << 17
    c, d = c ~ a, d ~ b
    b, a = b ~ c, a ~ d
    c, d = c ~ shifted, rotate(d, 45)
    return result
  end
end

-- A file that holds the text, removed when it goes out of scope.
local function file_with(text)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return setmetatable({ path = path }, { __close = function() os.remove(path) end })
end

describe("ints", function()
  describe("makes vectors", function()
    it("of zeros", function()
      assert.same({}, list_of(ints.new(0)))
      assert.same({ 0, 0, 0 }, list_of(ints.new(3)))
    end)

    it("from a list", function()
      assert.same({}, list_of(ints.from({})))
      assert.same({ 3, -1, LOW, HIGH }, list_of(ints.from({ 3, -1, LOW, HIGH })))
      local vector = ints.from({ 2.0, -0.0 })
      assert.same({ "integer", "integer" }, { math.type(vector[1]), math.type(vector[2]) })
    end)

    it("from a list in a table's hash part, or with metamethods", function()
      local reversed = {}
      for i = 5, 1, -1 do reversed[i] = i * i end
      assert.same({ 1, 4, 9, 16, 25 }, list_of(ints.from(reversed)))
      local squares = setmetatable({}, {
        __len = function() return 3 end,
        __index = function(_, i) return i * i end,
      })
      assert.same({ 1, 4, 9 }, list_of(ints.from(squares)))
      local length = -1
      local odd = setmetatable({}, { __len = function() return length end })
      assert.same({}, list_of(ints.from(odd)))
      length = HIGH
      assert.matches("too long", blame.message(ints.from, odd))
    end)

    it("from a vector, as a copy", function()
      local vector = ints.from({ 1, 2 })
      local copy = ints.from(vector)
      copy[1] = 9
      assert.same({ 1, 2 }, list_of(vector))
      assert.same({ 9, 2 }, list_of(copy))
    end)

    it("from a range", function()
      assert.same({ -1, 0, 1, 2 }, list_of(ints.range(-1, 2)))
      assert.same({}, list_of(ints.range(2, 1)))
      assert.same({ HIGH - 1, HIGH }, list_of(ints.range(HIGH - 1, HIGH)))
    end)

    it("but not from other items: it tells which and what", function()
      local text = "bad argument #1 to 'from' (item %d is %s, not an integer)"
      local function message(list) return blame.message(ints.from, list) end
      assert.equal(text:format(2, "2.5"), message({ 1, 2.5 }))
      assert.equal(text:format(1, "'1'"), message({ "1", 2 }))
      assert.equal(text:format(3, "nil"), message({ 1, 2, nil, 4 }))
      assert.equal(text:format(1, "true"), message({ true }))
      assert.equal(text:format(1, "1e+100"), message({ 1e100 }))
      local list = list_of(ints.range(1, 1000))
      list[700] = 0 / 0
      assert.matches("item 700 is %-?nan", message(list))
    end)

    it("but not from what is no list or of no size", function()
      assert.matches("table expected, got number", blame.message(ints.from, 5))
      assert.matches("negative length", blame.message(ints.new, -1))
      assert.matches("length too large", blame.message(ints.new, HIGH))
      assert.matches("range too large", blame.message(ints.range, LOW, HIGH))
    end)
  end)

  describe("at random", function()
    it("are those of xoshiro256** seeded by splitmix64", function()
      for _, seed in ipairs({ 0, 1, -1, HIGH }) do
        local next_number, vector = xoshiro(seed), ints.random(50, { seed = seed })
        for i = 1, 50 do assert.equal(LOW + next_number(), vector[i]) end
      end
    end)

    it("are the same for the same seed", function()
      assert.is_true(ints.random(100, { seed = 7 }) == ints.random(100, { seed = 7 }))
      assert.is_false(ints.random(100, { seed = 7 }) == ints.random(100, { seed = 8 }))
      assert.is_false(ints.random(100) == ints.random(100))
    end)

    it("stay between low and high, and reach both", function()
      local count = {}
      for _, value in ipairs(ints.random(6000, { low = -2, high = 3, seed = 1 })) do
        count[value] = (count[value] or 0) + 1
      end
      for value = -2, 3 do
        assert.is_true(count[value] > 850 and count[value] < 1150)
        count[value] = nil
      end
      assert.same({}, count)
      assert.same({ 5, 5 }, list_of(ints.random(2, { low = 5, high = 5 })))
      -- A quarter of what is drawn for so many has to be drawn again.
      local low <const>, below = -(1 << 62), 0
      for _, value in ipairs(ints.random(1000, { low = low, high = math.maxinteger, seed = 1 })) do
        assert.is_true(value >= low)
        if value < low + (math.maxinteger >> 2) then below = below + 1 end
      end
      assert.is_true(below > 100 and below < 250)
    end)

    it("refuse options that they do not know", function()
      for key, shown in pairs({ sed = '"sed"', [1] = "1", [{}] = "table" }) do
        assert.matches("there is no option " .. shown .. "; the options: high, low, seed",
          blame.message(ints.random, 1, { [key] = 1 }))
      end
      assert.matches("'low' is no integer", blame.message(ints.random, 1, { low = "x" }))
      assert.matches("'seed' is no integer", blame.message(ints.random, 1, { seed = "7" }))
      assert.matches("'low' is above 'high'", blame.message(ints.random, 1, { low = 2, high = 1 }))
      assert.matches("table expected", blame.message(ints.random, 1, 5))
    end)
  end)

  describe("a vector", function()
    it("reads as a list does", function()
      local vector, seen = ints.from({ 7, 8, 9 }), {}
      for i, value in ipairs(vector) do seen[i] = value end
      assert.same({ 7, 8, 9 }, seen)
      assert.equal(3, #vector)
      assert.equal(8, vector[2.0])
      for _, key in ipairs({ 0, 4, -1, 1.5, HIGH, LOW, "1", "length", true }) do
        assert.is_nil(vector[key])
      end
      assert.equal("ints (3 integers)", tostring(vector))
      assert.equal("ints (1 integer)", tostring(ints.new(1)))
    end)

    it("takes integers at its places alone", function()
      local vector = ints.new(2)
      vector[1], vector[2] = LOW, 5.0
      assert.same({ LOW, 5 }, list_of(vector))
      local function set(key, value) vector[key] = value end
      assert.matches("no place '3' in a vector of 2", blame.message(set, 3, 1))
      assert.matches("no place 'x' in a vector of 2", blame.message(set, "x", 1))
      assert.matches("'1.5' is not an integer", blame.message(set, 1, 1.5))
      assert.matches("'7' is not an integer", blame.message(set, 1, "7"))
      assert.same({ LOW, 5 }, list_of(vector))
    end)

    it("is sliced as a string is", function()
      local text, vector = "abcde", ints.range(1, 5)
      local places = { 1, 2, 5, 6, 100, 0, -1, -3, -5, -6, -100, LOW, HIGH }
      for _, i in ipairs(places) do
        for _, j in ipairs(places) do
          local expected = { text:sub(i, j):byte(1, -1) }
          for k, byte in ipairs(expected) do expected[k] = byte - 96 end
          assert.same(expected, list_of(vector:slice(i, j)))
        end
      end
      assert.same({ 4, 5 }, list_of(vector:slice(4)))
    end)

    it("is sorted", function()
      local function sorted(list)
        local vector = ints.from(list)
        vector:sort()
        table.sort(list)
        assert.same(list, list_of(vector))
      end
      sorted({})
      sorted({ 2, 1 })
      sorted({ HIGH, LOW, 0, -1, 1, LOW, HIGH })
      sorted(list_of(ints.random(64, { seed = 1 })))
      sorted(list_of(ints.random(65, { seed = 2 })))
      sorted(list_of(ints.random(5000, { seed = 3 })))
      sorted(list_of(ints.random(5000, { seed = 4, low = -300, high = 300 })))
      sorted(list_of(ints.range(1, 1000)))
    end)

    it("is summed, around the end of the integers", function()
      assert.equal(0, ints.new(0):sum())
      assert.equal(5050, ints.range(1, 100):sum())
      assert.equal(LOW, ints.from({ HIGH, 1 }):sum())
    end)

    it("equals one with the same integers, and nothing else", function()
      assert.is_true(ints.from({ 1, 2 }) == ints.range(1, 2))
      assert.is_false(ints.from({ 1, 2 }) == ints.from({ 1, 3 }))
      assert.is_false(ints.from({ 1, 2 }) == ints.from({ 1 }))
      assert.is_false(ints.new(0) == {})
      assert.is_false(ints.new(0) == io.stdout)
      assert.is_false(io.stdout == ints.new(0))
    end)

    it("has methods that refuse what is no vector", function()
      local text = "calling '%s' on bad self (perilune.ints expected, got %s)"
      for _, name in ipairs({ "slice", "sort", "sum", "totable", "write" }) do
        local method = ints.new(0)[name]
        assert.equal(text:format(name, "table"), blame.message(method, {}))
        assert.equal(text:format(name, "FILE*"), blame.message(method, io.stdout))
        local light = debug.upvalueid(file_with, 1)
        assert.equal(text:format(name, "userdata"), blame.message(method, light))
        local forged = setmetatable({}, debug.getmetatable(ints.new(0)))
        assert.equal(text:format(name, "perilune.ints"), blame.message(method, forged))
      end
    end)
  end)

  describe("a file", function()
    local numbers = ints.from({ 0, -1, HIGH, LOW, 42 })

    it("is written and read, as text and binary", function()
      for _, options in ipairs({ { format = "text" }, { format = "binary" } }) do
        local file <close> = file_with("")
        assert.is_true(numbers:write(file.path, options))
        assert.is_true(numbers == ints.read(file.path, options))
      end
    end)

    it("of text has numbers with any white space between", function()
      local file <close> = file_with("\n 1\t-2\r\n+3\v4\f05\n\n")
      assert.same({ 1, -2, 3, 4, 5 }, list_of(ints.read(file.path)))
      local last <close> = file_with("7 8")
      assert.same({ 7, 8 }, list_of(ints.read(last.path)))
      local zeros <close> = file_with(("0"):rep(40) .. "9 -" .. ("0"):rep(40) .. "9")
      assert.same({ 9, -9 }, list_of(ints.read(zeros.path)))
      local none <close> = file_with(" \n")
      assert.same({}, list_of(ints.read(none.path)))
    end)

    it("is read whole when it is long", function()
      local vector = ints.random(20000, { seed = 5 })
      local file <close> = file_with(table.concat(list_of(vector), "\n"))
      assert.is_true(vector == ints.read(file.path))
    end)

    it("of binary is the lowest byte first", function()
      local file <close> = file_with(("<i8"):rep(2):pack(1, -2))
      assert.same({ 1, -2 }, list_of(ints.read(file.path, { format = "binary" })))
    end)

    it("that holds something else is a failure that names it", function()
      local function failure(text, options)
        local file <close> = file_with(text)
        local vector, message, code = ints.read(file.path, options)
        assert.is_nil(vector)
        assert.equal("data", code)
        return message:sub(#file.path + 1)
      end
      assert.equal(":2: item 3 is 'x', not an integer", failure("1 2\nx 4"))
      assert.equal(":1: item 1 is '1.5', not an integer", failure("1.5"))
      assert.equal(":1: item 2 is '-', not an integer", failure("1 -"))
      assert.equal(":1: item 1 is '0x10', not an integer", failure("0x10\n"))
      assert.equal(":1: item 1 is '9223372036854775808', which has more than 64 bits",
        failure("9223372036854775808"))
      assert.equal(":1: item 1 is '-9223372036854775809', which has more than 64 bits",
        failure("-9223372036854775809"))
      assert.equal((":1: item 1 is '%s...', which has more than 64 bits"):format(("1"):rep(31)),
        failure(("1"):rep(40)))
      assert.equal((":1: item 1 is '%s...', not an integer"):format(("1"):rep(31)),
        failure(("1"):rep(40) .. "x"))
      assert.equal(":1: item 1 is '1\0002', not an integer", failure("1\0002 3"))
      assert.equal(":1: item 1 is '\0', not an integer", failure("\0"))
      assert.equal(":1: item 1 is '+', not an integer", failure("+"))
      assert.equal(":1: item 1 is '1-', not an integer", failure("1-"))
      assert.equal(": 13 bytes are no multiple of 8", failure(("x"):rep(13), { format = "binary" }))
    end)

    it("that cannot be opened is a failure with the system's reason", function()
      local function failure(...)
        local result, message, code = ...
        assert.is_nil(result)
        assert.equal("integer", math.type(code))
        return message
      end
      assert.equal("no/such: No such file or directory", failure(ints.read("no/such")))
      assert.equal("no/such: No such file or directory", failure(numbers:write("no/such")))
      assert.equal(".: Is a directory", failure(ints.read(".")))
      for _, vector in ipairs { numbers, ints.range(1, 10000) } do
        for _, format in ipairs { "text", "binary" } do
          assert.equal("/dev/full: No space left on device",
            failure(vector:write("/dev/full", { format = format })))
        end
      end
    end)

    it("has one of two formats", function()
      local text = "'format' is neither \"text\" nor \"binary\""
      assert.matches(text, blame.message(ints.read, "x", { format = "csv" }))
      assert.matches('there is no option "fmt"; the options: format',
        blame.message(ints.read, "x", { fmt = "text" }))
    end)
  end)
end)
