--- Repairs of a script, timed in children that are told what to do.
local files = require("perilune.lab.files")
local repairs = require("perilune.lab.repairs")

local GIVEN <const> = [[
local function first()
  for _ = 1, 2 do
    work(10)
  end
end

local function second()
  work(5)
end

first()
second()
print("done")
]]

local REPAIRED <const> = GIVEN:gsub("work%(10%)", "work(1)"):gsub("work%(5%)", "work(0)")

local RUNNER <const> = [[
return { run = function(text, path, name)
  local spent, printed = 0, {}
  local function work(seconds) spent = spent + seconds end
  local function say(...) printed[#printed + 1] = table.concat({...}, "\t") .. "\n" end
  assert(load(text, "@" .. name, "t", { work = work, print = say, error = error }))()
  return table.concat(printed), spent
end }
]]

--- A child that runs here; its clock is what the script says that it worked.
local Child = {}
Child.__index = Child

function Child:functions() return { "run" } end

function Child:put(...)
  self.arguments = table.pack(...)
  return true
end

function Child:call(name)
  local ok, printed, spent = pcall(self.returned[name], table.unpack(self.arguments))
  if not ok then return nil, printed, "error" end
  self.printed = printed
  return { cpu = spent, wall = spent }
end

function Child:take() return self.printed end

function Child.layers() end

function Child:close() self.closed = true end

describe("repairs", function()
  local folder, started

  before_each(function()
    folder, started = files.scratch(), {}
    local texts = { ["given.lua"] = GIVEN, ["repaired.lua"] = REPAIRED, ["run.lua"] = RUNNER,
      ["repairs.lua"] = 'return { { name = "one", ["function"] = "first" }, '
        .. '{ name = "two", ["function"] = "second" } }' }
    for name, text in pairs(texts) do assert(files.write(folder .. "/" .. name, text)) end
  end)
  after_each(function() files.remove_tree(folder) end)

  local function start(options)
    local child = setmetatable({ returned = dofile(options.file) }, Child)
    started[#started + 1] = child
    return child
  end

  local function run(own)
    if own then assert(files.write(folder .. "/own.lua", own)) end
    local exercise = { folder = folder, compare = { script = "given.lua",
      repaired = "repaired.lua", repairs = "repairs.lua", runner = "run.lua" } }
    return repairs.run(exercise, own and folder .. "/own.lua", { seed = 1, start = start })
  end

  it("put one function in the place of another", function()
    assert.equal(GIVEN:gsub("work%(5%)", "work(0)"), repairs.apply(GIVEN, REPAIRED, "second"))
    assert.equal(GIVEN:gsub("work%(10%)", "work(1)"), repairs.apply(GIVEN, REPAIRED, "first"))
  end)

  it("must name a function that is there", function()
    assert.has_error(function() repairs.apply(GIVEN, REPAIRED, "third") end)
  end)

  it("are timed one by one and together", function()
    local found = {}
    for i, row in ipairs(run().rows) do
      found[i] = ("%s %g %g"):format(row.name, row.seconds, row.without or 0)
    end
    assert.same({ "as given 25 0", "one 7 20", "two 20 7", "all of them 2 0" }, found)
    for _, child in ipairs(started) do assert.is_true(child.closed) end
  end)

  it("are shown with what each saves, and what its lack costs", function()
    local lines = repairs.lines(run())
    assert.truthy(lines[2]:find("^  as given +25.0 s$"), lines[2])
    assert.truthy(lines[3]:find("^  one +7.00 s +3.6x +20.0 s +10.0x$"), lines[3])
    assert.truthy(lines[5]:find("^  all of them +2.00 s +12.5x$"), lines[5])
    assert.equal("  each printed the same 1 line", lines[#lines])
  end)

  it("stand beside the student's own", function()
    local row = run(REPAIRED).rows[2]
    assert.same({ name = "yours", seconds = 2 }, row)
  end)

  it("are not said to save what is noise", function()
    local lines = repairs.lines(run((GIVEN:gsub("work%(10%)", "work(9.9)"))))
    assert.truthy(lines[3]:find("^  yours +24.8 s +~ 1x$"), lines[3])
  end)

  it("must print the same", function()
    local compared = run((REPAIRED:gsub("done", "gone")))
    assert.equal('wrong: line 1 of the output is "gone", not "done"', compared.rows[2].problem)
    local lines = repairs.lines(compared)
    assert.equal("  1 version did not print what the given script prints", lines[#lines])
    assert.equal(2, compared.rows[5].seconds)
  end)

  it("must print no more and no less", function()
    assert.truthy(run(REPAIRED .. "print('more')").rows[2].problem)
    assert.truthy(run("work(1)").rows[2].problem)
  end)

  it("may fail", function()
    local row = run("error('oh')").rows[2]
    assert.truthy(row.problem:find("raises an error: own.lua:1: oh", 1, true), row.problem)
    assert.is_nil(row.seconds)
  end)
end)
