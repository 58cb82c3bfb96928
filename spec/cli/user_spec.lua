--- The student's path as an ordinary user, who can do less than root, and whose sandboxes are made
--- otherwise.
local at_once = require("spec.cli.at_once")
local catalogue = require("perilune.lab.catalogue")
local files = require("perilune.lab.files")
local manifest = require("perilune.lab.manifest")
local program = require("spec.cli.program")
local texts = require("spec.cli.texts")
local uv = require("luv")

local has = texts.has

local USER <const> = 54321
local AS_USER <const> = { "/usr/bin/setpriv", "--reuid=" .. USER, "--regid=" .. USER,
  "--clear-groups" }

-- Less work, as a chunk that changes `exercise`.
local LESS <const> = [[
local plan = exercise.compare
for _, core in ipairs(plan.cores or { plan.core }) do
  core.compare.size, core.compare.naive_size = %d, %d
end
]]
local CHANGES <const> = {
  [3] = LESS:format(400, 200), [4] = LESS:format(500, 5), [5] = LESS:format(2, 2)
    .. "for _, check in ipairs(exercise.checks) do check.size = check.size and 2 end",
}

-- Judges a worked solution where nothing but the judge itself confines it.
local UNCONFINED <const> = [[
local catalogue = require("perilune.lab.catalogue")
local judge, manifest = require("perilune.lab.judge"), require("perilune.lab.manifest")
local entry = catalogue.find(arg[1])
local exercise = manifest.load(entry)
local judged = judge.run(exercise, entry.id .. "/" .. exercise.solution,
  { seed = 1, sandbox = require("perilune.child").layers and "off" or nil })
print(judged.verdict)
]]

describe("as an ordinary user", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  elseif uv.getuid() ~= 0 then
    pending("all specs run as one")
    return
  end

  local root, folder, variables

  local function run(...)
    return program.run({ ... }, folder, variables, AS_USER)
  end

  setup(function()
    root = program.folder()
    folder = root .. "/work"
    variables = { PERILUNE_EXERCISES = at_once(root, CHANGES), HOME = folder }
    assert(uv.fs_chmod(files.folder(root), tonumber("755", 8)))
    assert(files.make_folder(folder))
    assert(files.write(folder .. "/unconfined.lua", UNCONFINED))
    assert(uv.fs_chown(folder, USER, USER))
  end)
  teardown(function() program.remove(root) end)

  --- Whether that user may use what is tested.
  local function reaches()
    return run("list").code == 0
  end

  local function solve(entry)
    for _, name in ipairs(manifest.reads(manifest.load(entry))) do
      local text = files.read(("%s/reference/%s"):format(entry.folder, name))
      assert(not text or files.write(("%s/%s/%s"):format(folder, entry.id, name), text))
    end
  end

  for number in pairs(CHANGES) do
    it(("one passes exercise %d, from start to report"):format(number), function()
      if not reaches() then
        pending("another user may not run " .. program.path)
        return
      end
      local entry, n = assert(catalogue.find(tostring(number))), tostring(number)
      assert.equal(0, run("start", n).code)
      local failed = run("check", n)
      assert.equal(1, failed.code)
      has(failed.out, "FAIL", "next: write it")
      has(run("hint", n).out, "hint 1 of")
      solve(entry)
      local passed = run("check", n)
      assert.equal(0, passed.code, passed.out .. passed.err)
      local compared = run("compare", n)
      assert.equal(0, compared.code, compared.err)
      has(compared.out, "native")
      local reported = run("report", n)
      assert.equal(0, reported.code, reported.err)
      assert.equal(USER, uv.fs_stat(("%s/%s/report.html"):format(folder, entry.id)).uid)
      assert.equal("passed\n", run("./unconfined.lua", n).out)
    end)
  end
end)
