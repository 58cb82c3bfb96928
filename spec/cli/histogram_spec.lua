local histogram = require("perilune.cli.time.histogram")

local function draw(values, width)
  return histogram(values, { scale = 1, name = "s" }, width or 30, "#")
end

describe("a histogram", function()
  it("has a bar for each range, the longest for most, and how many are in it", function()
    assert.same({
      "  1.0s  ########## 2", "  1.8s  ########## 2", "  2.5s", "  3.2s  #################### 4",
    }, draw({ 1, 1, 4, 4, 4, 4, 2, 2 }))
  end)

  it("is one bar where all values are equal, or there is one", function()
    assert.same({ "  5s  ###################### 3" }, draw({ 5, 5, 5 }))
    assert.same({ "  7s  ###################### 1" }, draw({ 7 }))
  end)

  it("puts what is far above into one row, which does not squeeze the others", function()
    local lines = draw({ 1, 1.1, 1.2, 1.3, 1.1, 1.2, 1.15, 1.25, 90, 100 })
    assert.equal("             1.0s  ########## 4", lines[1])
    assert.equal("  90.0s and above  ##### 2", lines[#lines])
  end)

  it("shows a bar for one among many, and keeps some room in a narrow terminal", function()
    local values = { 1e-3 }
    for i = 2, 400 do values[i] = 2e-3 + i * 1e-7 end
    local lines = draw(values, 10)
    assert.matches("# 1$", lines[1])
    assert.matches("##########", lines[#lines])
  end)
end)
