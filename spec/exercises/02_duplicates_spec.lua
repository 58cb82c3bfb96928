--- One spec for naive, script, native and the student's file: $PERILUNE_SOLUTION, or the one that
--- is started in the current folder.
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")

local FOLDER <const> = exercises .. "/02-duplicates"
local integers = dofile(FOLDER .. "/integers.lua")

local function versions()
  local list = {
    { name = "naive", file = FOLDER .. "/naive.lua", call = "find_duplicates_naive", slow = true },
    { name = "reference", file = FOLDER .. "/reference/solution.lua" },
    { name = "script", file = FOLDER .. "/reference/script.lua" },
    { name = "native", file = FOLDER .. "/reference/native.lua" },
  }
  local own = os.getenv("PERILUNE_SOLUTION") or "02-duplicates/solution.lua"
  if os.getenv("PERILUNE_SOLUTION") or files.kind(own) then
    list[#list + 1] = { name = "own", file = own }
  end
  return list
end

--- Sorted, so that lists compare as sets and a value that is listed twice shows.
local function sorted(list)
  table.sort(list)
  return list
end

--- Counts by sorting: another way than any of the versions.
local function expected(list)
  local copy, found = sorted(table.move(list, 1, #list, 1, {})), {}
  for i = 2, #copy do
    if copy[i] == copy[i - 1] and found[#found] ~= copy[i] then found[#found + 1] = copy[i] end
  end
  return found
end

for _, version in ipairs(versions()) do
  describe("find_duplicates #" .. version.name, function()
    local find

    setup(function() find = dofile(version.file)[version.call or "find_duplicates"] end)

    local function finds(duplicates, list)
      assert.same(duplicates, sorted(find(list)))
    end

    it("finds nothing in an empty list", function() finds({}, {}) end)

    it("finds nothing in one value", function() finds({}, { 1 }) end)

    it("finds nothing where all values differ", function() finds({}, { 3, 1, 2, -3 }) end)

    it("lists a value once however often it occurs", function() finds({ 5 }, { 5, 5, 5, 5 }) end)

    it("finds negative values and zero", function() finds({ -2, 0 }, { 0, -2, 2, 0, -2 }) end)

    it("tells the ends of the integers apart", function()
      local low, high = math.mininteger, math.maxinteger
      finds({ low, high }, { low, high, 0, high, low })
    end)

    it("tells integers apart that are one double", function()
      finds({ (1 << 53) + 1 }, { 1 << 53, (1 << 53) + 1, (1 << 53) + 1 })
    end)

    it("agrees with sorting on random lists", function()
      local seed = os.time()
      for length = 0, 200 do
        local list = integers(length, seed + length)
        for i = 1, length do list[i] = list[i] % (length // 2 + 1) end
        assert.same(expected(list), sorted(find(list)), ("seed %d, length %d"):format(seed, length))
      end
    end)

    if not version.slow then
      it("agrees with sorting on 1,000,000 integers", function()
        local list = integers(1000000, 1)
        assert.same(expected(list), sorted(find(list)))
      end)
    end
  end)
end
