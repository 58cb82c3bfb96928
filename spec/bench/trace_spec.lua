local trace = require("spec.bench.trace")

local function file_of(text)
  local path = os.tmpname()
  local pipe <close> = assert(io.popen("gzip -c > " .. path, "w"))
  pipe:write(text)
  return path
end

local function refusal_of(text)
  local path = file_of(text)
  local ok, message = pcall(trace.read, path)
  os.remove(path)
  assert.is_false(ok)
  return (message:gsub("^.-" .. path:gsub("%p", "%%%0") .. ": ", ""))
end

describe("an access trace", function()
  it("is read as it was written", function()
    local path = os.tmpname()
    trace.write(path, { 1, 2, 1, 3, 2 })
    local ids, distinct = trace.read(path)
    os.remove(path)
    assert.same({ 1, 2, 1, 3, 2 }, ids)
    assert.equal(3, distinct)
  end)

  it("is refused where an id leaves one out, or is none", function()
    assert.equal("line 2 is no id", refusal_of("1\n3\n"))
    assert.equal("line 1 is no id", refusal_of("0\n"))
    assert.equal("line 3 is no id", refusal_of("1\n2\nx\n"))
  end)

  it("numbers names in the order of their first accesses", function()
    local ids, distinct = trace.number(("c a c b a c"):gmatch("%a"))
    assert.same({ 1, 2, 1, 3, 2, 1 }, ids)
    assert.equal(3, distinct)
  end)

  it("takes no more names than asked for", function()
    local names = ("abcdef"):gmatch("%a")
    assert.same({ 1, 2 }, (trace.number(names, 2)))
    assert.equal("c", names())
  end)

  for name, size in pairs { build = 50000, lines = 400000, memory = 300000 } do
    it("of " .. name .. " is bundled", function()
      local ids, distinct = trace.read("spec/bench/traces/" .. name .. ".gz")
      assert.is_true(#ids >= size and #ids <= 500000, #ids .. " accesses")
      assert.is_true(distinct >= 1000, distinct .. " distinct")
    end)
  end
end)

describe("a Zipf trace", function()
  it("is the same for the same seed", function()
    local first = trace.zipf(1000, 500, 1.0, 7)
    assert.same(first, (trace.zipf(1000, 500, 1.0, 7)))
    assert.not_same(first, (trace.zipf(1000, 500, 1.0, 8)))
  end)

  it("has each item about as often as the law says", function()
    local ids, distinct = trace.zipf(60000, 3, 1.0, 7)
    assert.equal(3, distinct)
    local counts = { 0, 0, 0 }
    for _, id in ipairs(ids) do counts[id] = counts[id] + 1 end
    table.sort(counts)
    -- 2 : 3 : 6; a standard deviation is some 120 at most.
    assert.near(60000 * 2 / 11, counts[1], 600)
    assert.near(60000 * 3 / 11, counts[2], 600)
    assert.near(60000 * 6 / 11, counts[3], 600)
  end)
end)
