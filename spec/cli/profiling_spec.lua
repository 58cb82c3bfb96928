--- Exercise 1 as a student goes through it.
local dkjson = require("dkjson")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local program = require("spec.cli.program")
local shorter = require("spec.cli.shorter")
local texts = require("spec.cli.texts")

local has = texts.has

local EXERCISE <const> = exercises .. "/01-profiling"

describe("exercise 1 #course", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local root, folder

  before_each(function()
    root = program.folder()
    folder = root .. "/01-profiling"
  end)
  after_each(function() program.remove(root) end)

  local function start() assert.equal(0, program.run({ "start", "1" }, root).code) end

  local function profile(script, option)
    local result = program.run({ "profile", "-o", "slow.profile.json", option or script,
      option and script }, folder)
    assert.equal(0, result.code, result.err)
  end

  --- Why the first criterion fails.
  local function refusal()
    local result = program.run({ "check", "1", "--json" }, root)
    assert.equal(1, result.code)
    return dkjson.decode(result.out).results[1].detail
  end

  local function answer(text) assert(files.write(folder .. "/answers.md", text)) end

  --- Answers drawn from the saved profile, as a student reads them off the table.
  local function read_off()
    local raw = dkjson.decode(files.read(folder .. "/slow.profile.json"))
    local result = program.run({ "stats", "slow.profile.json", "--json" }, folder)
    local lines = {}
    for _, row in ipairs(dkjson.decode(result.out)) do
      if row.name == "contains" or row.name == "revenue" then
        lines[#lines + 1] = ("- `%s`: %.2f s"):format(row.name, row.self)
      end
    end
    assert.equal(2, #lines)
    answer(("# A\n## Run time\n%.2f s\n## Bottlenecks\n%s\n## Why\nOne is. Two is. Three is.\n")
      :format(raw.duration, table.concat(lines, "\n")))
  end

  it("starts with a script that runs, and a command to begin with", function()
    local variables = { PERILUNE_EXERCISES = shorter(root) }
    local result = program.run({ "start", "1" }, root, variables)
    has(result.out, "edit  01-profiling/answers.md",
      "next  cd 01-profiling && perilune profile -o slow.profile.json slow_script.lua")
    for _, name in ipairs({ "README.md", "answers.md", "orders.csv", "slow_script.lua" }) do
      assert.equal("file", files.kind(folder .. "/" .. name))
    end
    local from_outside = program.run({ "01-profiling/slow_script.lua" }, root)
    assert.equal("", from_outside.err)
    assert.equal(from_outside.out, program.run({ "slow_script.lua" }, folder).out)
  end)

  it("asks for a profile first", function()
    start()
    local result = program.run({ "check" }, folder)
    assert.equal(1, result.code)
    has(result.out, "FAIL  saved profile  there is no slow.profile.json beside answers.md",
      "perilune profile -o slow.profile.json slow_script.lua", "wait  bottlenecks")
    assert.falsy(result.out:find("sandbox", 1, true))
  end)

  for _, option in ipairs({ false, "--sample" }) do
    it("passes with figures from the student's own profile " .. (option or ""), function()
      if (os.getenv("PERILUNE_SANITIZE") or "") ~= "" then
        pending("a sanitizer slows the profiler's events down, and C more than Lua")
        return
      end
      start()
      profile("slow_script.lua", option)
      read_off()
      local result = program.run({ "check" }, folder)
      has(result.out, "ok    saved profile", "ok    bottlenecks", "ok    figures",
        "read  explanation", "3 of 3 passed, 1 for a reader", "next: perilune compare 1")
      assert.equal(0, result.code)
      has(program.run({ "list" }, root).out, "passed", "perilune compare 1")
    end)
  end

  it("refuses the profile of another script", function()
    start()
    assert(files.write(folder .. "/other.lua", "print(1)"))
    profile("other.lua")
    has(refusal(), "slow.profile.json is a profile of other.lua, not of slow_script.lua")
  end)

  it("refuses the profile of a script that was changed", function()
    start()
    local fast = assert(files.read(EXERCISE .. "/reference/fast_script.lua"))
    assert(files.write(folder .. "/slow_script.lua", fast))
    profile("slow_script.lua")
    has(refusal(), "is a profile of another slow_script.lua than the given one")
  end)

  it("judges answers that stand elsewhere, with the profile beside them", function()
    local path = EXERCISE .. "/reference/answers.md"
    local judged = dkjson.decode(program.run({ "check", "1", path, "--json" }, root).out)
    assert.equal("passed", judged.verdict)
    assert.same({ pass = 3, reader = 1 }, judged.counts)
  end)

  it("has a spec for a repaired script", function()
    local variables = { PERILUNE_EXERCISES = shorter(root) }
    assert.equal(0, program.run({ "start", "1" }, root, variables).code)
    has(program.run({ "test" }, folder).out, "0 of 0 passed, 1 waiting")
    local fast = assert(files.read(EXERCISE .. "/reference/fast_script.lua"))
    assert(files.write(folder .. "/fast_script.lua", fast))
    has(program.run({ "test" }, folder).out, "1 of 1 passed")
    assert(files.write(folder .. "/fast_script.lua", (fast:gsub("Best customers", "Worst"))))
    has(program.run({ "test" }, folder).out, "0 of 1 passed")
  end)

  it("shows a repaired script beside the repairs, on a shorter file", function()
    local copies = shorter(root)
    start()
    local fast = assert(files.read(EXERCISE .. "/reference/fast_script.lua"))
    assert(files.write(folder .. "/fast_script.lua", (fast:gsub("Best customers", "Worst"))))
    local result = program.run({ "compare", "1", "--json" }, root, { PERILUNE_EXERCISES = copies })
    assert.equal(1, result.code)
    local shown = dkjson.decode(result.out)
    assert.equal("yours", shown[1].rows[2].name)
    has(shown[1].rows[2].problem, 'line 2 of the output is "Worst"')
    assert.is_number(shown[1].rows[3].without)
    assert.equal("native", shown[2].rows[4].name)
  end)
end)
