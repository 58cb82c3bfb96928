-- Run it in this folder with `perilune test`. Add cases that could break your version.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local find_duplicates = dofile(here .. "solution.lua").find_duplicates

local function sorted(list)
  table.sort(list)
  return list
end

describe("find_duplicates", function()
  it("finds nothing in an empty list", function()
    assert.same({}, find_duplicates({}))
  end)

  it("lists a value once, however often it occurs", function()
    assert.same({ 7 }, find_duplicates({ 7, 7, 7, 1 }))
  end)

  it("finds several values", function()
    assert.same({ -3, 5 }, sorted(find_duplicates({ 5, -3, 9, 5, -3 })))
  end)
end)
