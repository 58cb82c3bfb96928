--- What `watch` decides when files are saved, removed, or changed in the midst of a check.
local uv = require("luv")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")
local at_once = require("spec.cli.at_once")
local live = require("spec.cli.live")
local processes = require("spec.native.processes")
local program = require("spec.cli.program")

local EXERCISE <const> = exercises .. "/02-duplicates"
local WRONG <const> = "return { find_duplicates = function() return {} end }\n"
local ENDLESS <const> = "return { find_duplicates = function() while true do end end }\n"
local RIGHT <const> = assert(files.read(EXERCISE .. "/reference/solution.lua"))

describe("perilune watch, piped", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local root, folder, variables, watch

  before_each(function()
    root = program.folder()
    folder = root .. "/work"
    assert(files.make_folder(folder))
    assert(files.make_folder(root .. "/scratch"))
    variables = {
      PERILUNE_EXERCISES = at_once(root, { [2] = "exercise.checks[1].limits.cpu = 0.5" }),
      TMPDIR = root .. "/scratch",
    }
    assert.equal(0, program.run({ "start", "2" }, folder, variables).code)
  end)

  after_each(function()
    watch:kill()
    program.remove(root)
  end)

  local function start(options)
    options = options or {}
    watch = live.piped({ "watch" }, {
      folder = options.folder or folder, input = options.input,
      variables = options.variables or variables,
    })
    return watch
  end

  local function path() return folder .. "/02-duplicates/solution.lua" end

  local function save(text) assert(files.write(path(), text)) end

  local function save_by_renaming(text)
    assert(files.write(path() .. "~", text))
    assert(uv.fs_rename(path() .. "~", path()))
  end

  it("decides what is there, then each save, however an editor makes it", function()
    start():await("find_duplicates is not")
    watch:await("next: write it")
    save(WRONG)
    watch:await("a pair: 5 is missing")
    save_by_renaming(RIGHT)
    watch:await("ok    right answers")
    watch:await("1 of 1 passed")
    watch:await("next: perilune compare 2")
    assert.equal(0, watch:finish())
  end)

  it("decides again when a module beside is saved, not when a test is", function()
    local mine = folder .. "/02-duplicates/mine.lua"
    assert(files.write(mine, WRONG))
    save("return require 'mine'\n")
    start():await("5 is missing")
    watch:await("next:")
    assert(files.write(folder .. "/02-duplicates/more_spec.lua", ""))
    assert(files.write(mine, RIGHT))
    assert.falsy(watch:await("ok    right answers"):find("FAIL", 1, true))
    watch:await("1 of 1 passed")
  end)

  it("takes the few events of one save for one", function()
    start():await("next:")
    save_by_renaming(WRONG)
    watch:await("5 is missing")
    watch:await("next:")
    save_by_renaming(RIGHT)
    assert.falsy(watch:await("ok    right answers"):find("FAIL", 1, true))
  end)

  it("remembers the verdict", function()
    save(RIGHT)
    start():await("next:")
    watch:finish()
    assert.truthy(program.run({ "list" }, folder, variables).out:find("Find duplicates    passed"))
  end)

  it("tells of a file that does not parse yet", function()
    start():await("next:")
    save("return {")
    watch:await("does not parse: solution.lua:1")
  end)

  it("tells of a file that is gone, and goes on when it is back", function()
    start():await("next:")
    assert(files.remove(path()))
    watch:await("solution.lua is not there: save it, or `perilune reset 2`")
    save(RIGHT)
    watch:await("1 of 1 passed")
  end)

  it("tells of a folder that is gone, and goes on when it is back", function()
    start():await("next:")
    files.remove_tree(folder .. "/02-duplicates")
    watch:await("02-duplicates/ is gone: `perilune start 2`")
    assert.equal(0, program.run({ "start", "2" }, folder, variables).code)
    watch:await("find_duplicates is not")
    watch:await("next:")
    save(RIGHT)
    watch:await("1 of 1 passed")
  end)

  it("ends a solution that loops for ever", function()
    save(ENDLESS)
    start():await("does not come to an end: stopped after 0.5 s")
  end)

  it("works where the folder may be entered and not read", function()
    local runs = { path = program.path, arguments = { "watch" } }
    if uv.getuid() == 0 then
      runs = { path = "/usr/bin/setpriv", arguments = { "--reuid", "65534", "--clear-groups",
        program.path, "watch" } }
      assert(uv.fs_chmod(files.folder(root), 493)) -- 755
      assert(uv.fs_chmod(root .. "/scratch", 511)) -- 777
    end
    assert(uv.fs_chmod(folder .. "/02-duplicates", 73)) -- 111
    finally(function() assert(uv.fs_chmod(folder .. "/02-duplicates", 493)) end)
    watch = live.start(runs.path, runs.arguments, { folder = folder, variables = variables })
    watch:await("find_duplicates is not")
    save(RIGHT)
    watch:await("1 of 1 passed")
  end)

  it("goes on where the judge that waits for the next save was killed", function()
    start():await("next:")
    local function children() return processes.children(nil, watch.pid) end
    local waiting = processes.await("a judge that waits", function()
      return #children() > 0 and children()
    end)
    for _, pid in ipairs(waiting) do uv.kill(pid, "sigkill") end -- the last judge may end by itself
    processes.await("their end", function() return #children() == 0 end)
    save(RIGHT)
    watch:await("1 of 1 passed")
  end)

  it("leaves no process and no file behind", function()
    save(ENDLESS)
    start():await("Exercise 2")
    assert.equal(0, watch:finish())
    assert.same({}, files.list(root .. "/scratch"))
  end)

  it("ends with a signal, as that is told", function()
    for name, code in pairs({ sigint = 130, sigterm = 143 }) do
      start():await("next:")
      assert.equal(code, watch:signal(name))
    end
  end)

  it("goes on without any input, until a signal comes", function()
    start({ input = false }):await("next:")
    save(RIGHT)
    watch:await("1 of 1 passed")
    assert.equal(143, watch:signal("sigterm"))
  end)

  it("watches the exercise whose folder it is started in", function()
    start({ folder = folder .. "/02-duplicates" }):await("Find duplicates  solution.lua  saved")
    watch:await("next:")
  end)

  it("asks for a start first", function()
    start():await("Exercise 2")
    local result = program.run({ "watch", "3" }, folder, variables)
    assert.equal(2, result.code)
    assert.equal("perilune: exercise 3 is not started here: perilune start 3\n", result.err)
  end)

  it("decides the slow criteria last, and a save ends them", function()
    save(RIGHT)
    start({ variables = { TMPDIR = variables.TMPDIR } }):await("ok    right answers")
    save(WRONG)
    local between = watch:await("5 is missing")
    assert.falsy(between:find("5x faster", 1, true))
    watch:await("wait  5x faster")
  end)
end)
