--- A newcomer's way through each exercise, key by key in a terminal: it begins, fails, gives a
--- hint, is put right, passes, and is left. The criteria are those that are decided at once.
local catalogue = require("perilune.lab.catalogue")
local clock = require("perilune.clock")
local files = require("perilune.lab.files")
local manifest = require("perilune.lab.manifest")
local at_once = require("spec.cli.at_once")
local live = require("spec.cli.live")
local program = require("spec.cli.program")

-- What each begins with: its first failure, and what the first hint about that begins with.
local BEGINNINGS <const> = {
  { failure = "there is no slow.profile.json", hint = "hint 1 of 1 about saved profile: save one" },
  { failure = "find_duplicates is not", hint = "hint 1 of 3 about right answers: write it" },
  { failure = "make_cycles is not", hint = "hint 1 of 3 about make_cycles: write it" },
  { failure = "fib is not", hint = "hint 1 of 2 about fib: write it" },
  { failure = "factor_all is not", hint = "hint 1 of 2 about factor_all: write it" },
}

describe("in a terminal, perilune watch", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  elseif not live.has_terminals() then
    pending("there is no script(1)")
    return
  end

  local root, folder, variables, terminal

  lazy_setup(function()
    root = program.folder()
    folder = root .. "/work"
    assert(files.make_folder(folder))
    -- Fewer numbers that take less time.
    local shorter = "for _, check in ipairs(exercise.checks) do check.size = check.size and 2 end"
    variables = { PERILUNE_EXERCISES = at_once(root, { [5] = shorter }), NO_COLOR = "1" }
  end)

  lazy_teardown(function() program.remove(root) end)

  after_each(function() terminal:kill() end)

  --- What answers the first failure, in the place of the student's own files.
  local function solve(entry)
    local names = manifest.reads(manifest.load(entry))
    for i = #names, 1, -1 do
      local text = files.read(("%s/reference/%s"):format(entry.folder, names[i]))
      assert(not text or files.write(("%s/%s/%s"):format(folder, entry.id, names[i]), text))
    end
  end

  local function open(command, options)
    terminal = live.terminal(command, {
      folder = folder, variables = variables, rows = options and options.rows,
      columns = options and options.columns,
    })
    return terminal
  end

  for number, beginning in ipairs(BEGINNINGS) do
    it(("leads through exercise %d"):format(number), function()
      local entry = assert(catalogue.find(tostring(number)))
      open(("\"$perilune\" start %d && \"$perilune\" watch %d"):format(number, number))
      terminal:await("README.md")
      terminal:await(beginning.failure)
      terminal:await("h hint")
      terminal:write("h")
      terminal:await(beginning.hint)
      solve(entry)
      terminal:await("All passed")
      terminal:write("q")
      terminal:await("`perilune watch` goes on.")
      assert.equal(0, terminal:finish())
    end)
  end

  it("moves on when it is told to, and not before all has passed", function()
    program.run({ "reset", "2", "--yes" }, folder, variables)
    files.remove_tree(folder .. "/03-cycles")
    open("\"$perilune\" watch 2"):await("0 of 1 passed")
    terminal:write("n")
    terminal:await("exercise 2 has not passed yet")
    solve(assert(catalogue.find("2")))
    terminal:await("All passed. n: on to exercise 3, Memory and cycles")
    terminal:write("n")
    terminal:await("Exercise 3  Memory and cycles  03-cycles/solution.lua")
    terminal:await("FAIL  make_cycles")
    terminal:write("l")
    terminal:await("Memory and cycles  started")
    terminal:write("q")
    assert.equal(0, terminal:finish())
  end)

  it("moves on to a folder beside the one that it was started in", function()
    files.remove_tree(folder .. "/03-cycles")
    open("cd 02-duplicates && \"$perilune\" watch"):await("All passed")
    terminal:write("n")
    terminal:await("03-cycles/solution.lua")
    terminal:write("q")
    assert.equal(0, terminal:finish())
    assert.equal("directory", files.kind(folder .. "/03-cycles"))
  end)

  it("leaves nothing of a report that it ends", function()
    local scratch = root .. "/scratch"
    assert(files.make_folder(scratch))
    open("TMPDIR='" .. scratch .. "' \"$perilune\" watch 2"):await("All passed")
    -- The folder of a process that the report has started.
    local function is_under_way()
      for _, name in ipairs(files.list(scratch)) do
        if files.kind(("%s/%s/1"):format(scratch, name)) then return true end
      end
    end
    local late = clock.now() + 10
    terminal:write("r")
    repeat until is_under_way() or clock.now() > late
    terminal:write("q")
    assert.equal(0, terminal:finish())
    assert.same({}, files.list(scratch))
  end)

  it("makes the report when all is decided", function()
    open("\"$perilune\" watch 2"):await("All passed")
    terminal:write("r")
    terminal:await("02-duplicates/report.html")
    terminal:write("q")
    assert.equal(0, terminal:finish())
    assert.equal("file", files.kind(folder .. "/02-duplicates/report.html"))
  end)

  it("decides all again with c", function()
    open("\"$perilune\" watch 2"):await("All passed")
    terminal:write("c")
    terminal:await("is being decided")
    terminal:await("All passed")
    terminal:write("q")
    assert.equal(0, terminal:finish())
  end)

  it("leaves the terminal as it was, however it ends", function()
    for key, code in pairs({ q = 0, ["\3"] = 130 }) do
      open("stty -a >before; \"$perilune\" watch 2; echo code $?; stty -a >after")
      terminal:await("c check again")
      terminal:write(key)
      terminal:await("\27[?7h\27[?25h\27[?1049l")
      terminal:await("code " .. code)
      terminal:finish()
      assert.equal(files.read(folder .. "/before"), files.read(folder .. "/after"))
    end
  end)

  it("draws anew when the terminal's size has changed, within what there is", function()
    open("tty >name; \"$perilune\" watch 4", { rows = 30, columns = 90 })
    terminal:await("All passed")
    local function lines_drawn() return select(2, terminal:await("\27[J"):gsub("\n", "")) end
    -- One more may be drawn before the new size is known.
    local function await_lines(is_meant)
      repeat until is_meant(lines_drawn())
    end
    lines_drawn()
    local name = files.read(folder .. "/name"):match("%S+")
    assert.is_true(os.execute(("stty -F %s rows 12 cols 60"):format(name)))
    await_lines(function(count) return count < 12 end)
    assert.is_true(os.execute(("stty -F %s rows 30 cols 90"):format(name)))
    await_lines(function(count) return count > 12 end)
    terminal:write("q")
    assert.equal(0, terminal:finish())
  end)

  it("shows no colour where none is wanted", function()
    open("\"$perilune\" watch 2"):await("All passed")
    assert.falsy(terminal.out:find("\27%[[%d;]*m"))
    terminal:write("q")
    terminal:finish()
  end)
end)
