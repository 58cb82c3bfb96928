--- Hints, one more each time, and the way back to the beginning.
local dkjson = require("dkjson")
local exercises = require("perilune.host").exercises
local evidence = require("perilune.lab.evidence")
local files = require("perilune.lab.files")
local manifest = require("perilune.lab.manifest")
local catalogue = require("perilune.lab.catalogue")
local at_once = require("spec.cli.at_once")
local live = require("spec.cli.live")
local program = require("spec.cli.program")
local texts = require("spec.cli.texts")

local has = texts.has

local SEARCHING <const> = [[
local function contains(list, value)
  for i = 1, #list do
    if list[i] == value then return true end
  end
end

return { find_duplicates = function(list)
  local seen, found = {}, {}
  for _, value in ipairs(list) do
    if contains(seen, value) and not contains(found, value) then found[#found + 1] = value end
    seen[#seen + 1] = value
  end
  return found
end }
]]
-- The first exercise's manifest that has a speed in it, small enough to be decided at once.
local SPEED <const> = [[
local whole = assert(loadfile(folder .. "/whole.lua"))(folder)
exercise.checks[2] = whole.checks[2]
exercise.checks[2].size, exercise.checks[2].at, exercise.checks[2].profiled = 300, nil, 500
]]

describe("hints and the way back", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local root, folder, variables

  before_each(function()
    root = program.folder()
    folder = root .. "/work"
    assert(files.make_folder(folder))
    variables = { PERILUNE_EXERCISES = at_once(root, { [2] = SPEED }) }
    assert.equal(0, program.run({ "start", "2" }, folder, variables).code)
  end)

  after_each(function() program.remove(root) end)

  local function run(...) return program.run({ ... }, folder, variables) end

  local function path(name) return folder .. "/02-duplicates/" .. (name or "solution.lua") end

  local function save(text) assert(files.write(path(), text)) end

  local function hints(...)
    return dkjson.decode(run("hint", "2", "--json", ...).out)
  end

  it("tells one more each time, to the last one, about the first failure", function()
    local result = run("hint", "2")
    assert.equal(0, result.code)
    has(result.out, "FAIL  right answers  raises an error", "hint 1 of 3: write it",
      "one more: perilune hint 2")
    has(run("hint").out, "hint 2 of 3: call it by hand")
    has(run("hint").out, "hint 3 of 3: A value is new", "that was the last one")
    has(run("hint").out, "hint 3 of 3")
  end)

  it("tells the one that is asked for, or all, and counts neither", function()
    has(run("hint", "--level", "2").out, "hint 2 of 3")
    has(run("hint", "--all").out, "hint 1 of 3", "hint 2 of 3", "hint 3 of 3")
    has(run("hint").out, "hint 1 of 3")
    has(run("hint", "--level", "x").err, "'x' is no hint's number")
    local result = run("hint", "--level", "4")
    assert.equal(2, result.code)
    has(result.err, "there is no hint 4: --level is 1 to 3 here")
  end)

  it("begins with the student's own profile where time is missing", function()
    save(SEARCHING)
    local given = hints()
    assert.equal("faster", given.name)
    assert.equal(5, given.of)
    assert.truthy(given.hints[1].text:find(
      "^%d+ %% of your time is in `contains` %(solution.lua:1%), called 5%d%d times"),
      given.hints[1].text)
    assert.truthy(hints().hints[1].text:find("^which line runs most often"))
  end)

  it("says what to mend in a file that is not finished, and nothing of the work", function()
    for _ = 1, 3 do run("hint") end
    save("return { find_duplicates =")
    has(run("hint").out, "does not parse: solution.lua:1", "hint 1 of 1: correct that")
    save("function find_duplicates() end")
    has(run("hint").out, "hint 1 of 1: end the file with: return { find_duplicates =")
    save("return { find_duplicates = error }")
    has(run("hint").out, "hint 3 of 3")
  end)

  it("tells one also where nothing can be remembered", function()
    assert(files.make_folder(path(".perilune.json")))
    local result = run("hint")
    assert.equal(0, result.code)
    has(result.out, "hint 1 of 3: write it")
    has(result.err, "the verdict is not remembered", "the hint is not remembered", "--level")
  end)

  it("begins anew when something else fails", function()
    assert.equal(1, hints().hints[1].number)
    assert.equal(2, hints().hints[1].number)
    save(SEARCHING)
    local given = hints()
    assert.same({ "faster", 1 }, { given.name, given.hints[1].number })
  end)

  it("shows nothing of the worked solution", function()
    local reference = assert(files.read(exercises .. "/02-duplicates/reference/solution.lua"))
    local function judge_all()
      for _, hint in ipairs(hints("--all").hints) do
        for line in reference:gmatch("[^\n]*%S[^\n]*") do
          assert.falsy(#line > 12 and hint.text:find(line, 1, true))
        end
      end
    end
    judge_all()
    save(SEARCHING)
    judge_all()
  end)

  it("has none where nothing fails", function()
    save(assert(files.read(exercises .. "/02-duplicates/reference/solution.lua")))
    has(run("hint").out, "next: perilune compare 2")
    assert.same({}, hints().hints)
  end)

  it("has no profile of a solution that raises an error", function()
    local entry = assert(catalogue.find("2"))
    assert.is_nil(evidence.text(manifest.load(entry), { profiled = 10 },
      entry.folder .. "/starter/solution.lua"))
  end)

  it("brings the first files back and keeps the others, numbered", function()
    run("hint")
    save("-- mine")
    assert(files.remove(path("answers.md")))
    local result = run("reset", "2", "--yes")
    assert.equal(0, result.code)
    has(result.out, "2 files brought back", "answers.md (gone)", "02-duplicates.backup-1/",
      "perilune watch 2")
    assert.equal("-- mine", files.read(folder .. "/02-duplicates.backup-1/solution.lua"))
    for _, name in ipairs({ "solution.lua", "answers.md" }) do
      assert.equal(files.read(exercises .. "/02-duplicates/starter/" .. name),
        files.read(path(name)))
    end
    has(run("hint").out, "hint 1 of 3")
    save("-- mine again")
    has(run("reset", "2", "--yes").out, "02-duplicates.backup-2/")
  end)

  it("changes nothing where nothing has changed", function()
    assert.equal("  02-duplicates/solution.lua is as it was at the start\n",
      run("reset", "2").out)
    assert.is_nil(files.kind(folder .. "/02-duplicates.backup-1"))
  end)

  it("keeps what it replaces beside the folder it is called in", function()
    save("-- mine")
    local result = program.run({ "reset", "2", "--yes" }, folder .. "/02-duplicates", variables)
    has(result.out, "../02-duplicates.backup-1/")
    assert.equal("-- mine", files.read(folder .. "/02-duplicates.backup-1/solution.lua"))
  end)

  it("asks first, and needs to be told where nobody can be asked", function()
    save("-- mine")
    local result = run("reset", "2")
    assert.equal(2, result.code)
    has(result.err, "perilune reset 2 --yes")
    assert.equal("-- mine", files.read(path()))
  end)

  it("asks on a terminal", function()
    if not live.has_terminals() then return pending("there is no script(1)") end
    save("-- mine")
    for _, each in ipairs({ { "n", "nothing was changed" }, { "y", "1 file brought back" } }) do
      local terminal = live.terminal("\"$perilune\" reset 2", {
        folder = folder, variables = variables })
      terminal:await("[y/N] ")
      terminal:write(each[1] .. "\n")
      terminal:await(each[2])
      terminal:finish()
    end
  end)
end)
