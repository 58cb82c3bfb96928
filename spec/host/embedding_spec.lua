--- The programs in docs/embedding.md are built, and do what the page says.
local files = require("perilune.lab.files")
local pages = require("spec.cli.pages")
local program = require("spec.cli.program")
local quoted = require("perilune.shell").quoted

local PAGE <const> = "docs/embedding.md"
local LIBRARY <const> = pages.build .. "/host/libperilune.a"

describe("the page on embedding:", function()
  if not files.kind(LIBRARY) then
    pending("the library is not built beside the program")
    return
  end

  local folder, here

  setup(function()
    folder, here = program.folder(), assert(files.absolute("host"))
    for _, code in ipairs(pages.blocks(PAGE, "c")) do
      local name = code:match("^/%* (%w+)%.c")
      assert(files.write(folder .. "/" .. name .. ".c", code))
      local output, status = pages.shell(table.concat({
        "cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O1", pages.flags(), name .. ".c -o " .. name,
        "-I",
        quoted(here), "$(pkg-config --cflags lua5.4)", quoted(LIBRARY),
        "$(pkg-config --libs lua5.4) -pthread -lm" }, " "), folder)
      assert.same({ "", 0 }, { output, status })
    end
  end)

  teardown(function() program.remove(folder) end)

  local function write(name, text) assert(files.write(folder .. "/" .. name, text)) end

  --- Output of a command line that exits as is said.
  local function run(command, expected)
    local output, status = pages.shell(command, folder)
    assert.equal(expected or 0, status, output)
    return output
  end

  it("run.c runs a script under limits in 20 lines", function()
    local _, lines = pages.blocks(PAGE, "c")[1]:gsub("\n", "")
    assert.is_true(lines <= 20, lines)
    write("fine.lua", "print(#require('perilune.hashset').new({ 1, 2, 1 }))")
    write("large.lua", "local s = ('x'):rep(100 << 20)")
    assert.equal("2\n", run("./run fine.lua"))
    assert.truthy(run("./run large.lua", 1):find("not enough memory", 1, true))
    assert.truthy(run("./run nothing.lua", 1):find("cannot open nothing.lua", 1, true))
  end)

  it("limits.c runs scripts of others and saves what each did", function()
    write("good.lua", "local function work(n) return n end for i = 1, 50 do work(i) end")
    write("endless.lua", "local function spin() while true do end end spin()")
    write("greedy.lua", "local s = 'x' while true do s = s .. s end")
    write("wrong.lua", "error('oh', 0)")
    local output = run("./limits good.lua endless.lua greedy.lua wrong.lua nothing.lua", 1)
    for _, line in ipairs({ "good.lua: done", "endless.lua: used up its instructions",
      "greedy.lua: used up its memory", "wrong.lua: failed", "nothing.lua: cannot be read" }) do
      assert.truthy(("\n" .. output):find("\n" .. line .. "\n", 1, true), output)
    end
    local profiler = require("perilune.profiler")
    local function row(file, name)
      for _, each in ipairs(assert(profiler.load(folder .. "/" .. file)):stats()) do
        if each.name == name then return each end
      end
    end
    assert.equal(50, row("good.lua.profile.json", "work").calls)
    assert.equal(1, row("endless.lua.profile.json", "spin").calls)
  end)

  it("attach.c profiles a state of its own, which goes on", function()
    run("./attach >attached.txt")
    local output = pages.read(folder .. "/attached.txt")
    assert.truthy(output:find("^step: 1000\n.*1,000 [^\n]*  tostring.*\nafter: 3\n$"), output)
  end)

  it("swap.c chooses implementations and shows its C function in the profile", function()
    local output = run("./swap")
    assert.truthy(output:find("\nscript\t50\n", 1, true) or output:find("^script\t50\n"), output)
    assert.truthy(output:find("\nnative\t50\n", 1, true), output)
    local _, shown = output:gsub("\n[^\n]*;checksum [^\n]*%d+", "")
    assert.equal(2, shown, output)
  end)
end)
