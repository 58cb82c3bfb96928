--- Commands that are ended from outside, or whose output nobody reads, leave no folder behind.
local files = require("perilune.lab.files")
local pipe = require("perilune.lab.pipe")
local program = require("spec.cli.program")
local uv = require("luv")

-- It is found running by the folder that it runs in.
local LOOPS <const> = "return { double = function() while true do end end }"
-- In a check: until the reader has gone.
local WAIT <const> = [[
  while not io.open("closed") do require("perilune.clock").sleep(0.01) end
  ]]
local CODES <const> = { sigterm = 143, sighup = 129, sigint = 130 }

describe("a command that is ended", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder, scratch

  local function write(name, text) assert(files.write(folder .. "/" .. name, text)) end

  setup(function()
    folder = program.folder()
    scratch = folder .. "/scratch"
    for _, name in ipairs({ "scratch", "subs", "exercises", "exercises/05-double",
      "exercises/05-double/starter", "exercises/05-double/reference", "exercises/06-waits" }) do
      assert(files.make_folder(folder .. "/" .. name))
    end
    local exercise = assert(files.read("spec/cli/grade/exercise.lua"))
    write("exercises/05-double/exercise.lua", (exercise:gsub("cpu = 0.3, wall = 10",
      "cpu = 60, wall = 60")))
    write("exercises/06-waits/exercise.lua", (exercise:gsub("decide = function%(%) ",
      "%0" .. WAIT)))
    for _, place in ipairs({ "subs/a.lua", "exercises/05-double/starter/solution.lua",
      "exercises/05-double/reference/solution.lua" }) do
      write(place, LOOPS)
    end
  end)

  teardown(function() program.remove(folder) end)

  --- Whether a solution runs: its folder is below one of the command's.
  local function runs()
    for path in io.popen(("find '%s' -type d"):format(scratch)):lines() do
      if path:find("perilune%-%w+/1$") then return true end
    end
  end

  local function start(path, arguments, on_end, out)
    local process
    process = assert(uv.spawn(path, {
      args = arguments, cwd = folder, env = program.environment({
        PERILUNE_EXERCISES = folder .. "/exercises", TMPDIR = scratch,
      }), stdio = { nil, out },
    }, function(status, signal)
      on_end(signal ~= 0 and "signal " .. signal or status)
      process:close()
    end))
    return process
  end

  --- Starts it, sends it the signals once a solution runs or it has begun otherwise, and waits.
  local function ended_by(signals, arguments, path, began)
    local code, timer = nil, uv.new_timer()
    local process = start(path or program.path, arguments, function(how) code = how end)
    timer:start(20, 20, function()
      if code or (began or runs)() then
        for _, name in ipairs(code and {} or signals) do process:kill(name) end
        timer:close()
      end
    end)
    uv.run()
    return code
  end

  before_each(function() files.remove(folder .. "/began") end)

  local function has_begun() return files.kind(folder .. "/began") end

  for _, case in ipairs({
    { "sigterm", "check", "5", "subs/a.lua" },
    { "sighup", "check", "5", "subs/a.lua" },
    { "sigint", "check", "5", "subs/a.lua" },
    { "sigterm", "verify", "5" },
    { "sigterm", "grade", "5", "subs", "--out", "graded", "--sandbox", "best" },
  }) do
    local name, command = case[1], case[2]
    it(("leaves nothing: %s by %s"):format(command, name), function()
      assert.equal(CODES[name], ended_by({ name }, { table.unpack(case, 2) }))
      assert.same({}, files.list(scratch))
    end)
  end

  it("takes the same signal twice for one, as timeout sends it", function()
    assert.equal(143, ended_by({ "sigterm", "sigterm" }, { "check", "5", "subs/a.lua" }))
    assert.same({}, files.list(scratch))
  end)

  it("is not ended by what is ignored, as nohup has it", function()
    local command = ("trap '' HUP; exec '%s' check 5 subs/a.lua"):format(program.path)
    assert.equal(143, ended_by({ "sighup", "sigterm" }, { "-c", command }, "/bin/sh"))
  end)

  it("ends the script that it runs", function()
    write("loops.lua", "io.open('began', 'w'):close() while true do end")
    assert.equal(143, ended_by({ "sigterm" }, { "time", "loops.lua" }, nil, has_begun))
  end)

  it("begins no further test", function()
    write("two_spec.lua", [[
      it("loops", function() io.open("began", "w"):close() while true do end end)
      it("comes after it", function() io.open("after", "w"):close() end)]])
    assert.equal(143, ended_by({ "sigterm" }, { "test", "two_spec.lua" }, nil, has_begun))
    assert.is_nil(files.kind(folder .. "/after"))
  end)

  it("ends quietly where nobody reads on", function()
    local command = ("'%s' check 6 subs/quick.lua 2>errors | "
      .. "{ read line; exec <&-; : >closed; }; echo ${PIPESTATUS[0]}"):format(program.path)
    local out, printed = uv.new_pipe(false), nil
    write("subs/quick.lua", "return { double = function(n) return 2 * n end }")
    start("bash", { "-c", command }, function() end, out)
    pipe.whole(out, function(text) printed = text end)
    uv.run()
    assert.equal("141\n", printed)
    assert.equal("", files.read(folder .. "/errors"))
    assert.same({}, files.list(scratch))
  end)
end)
