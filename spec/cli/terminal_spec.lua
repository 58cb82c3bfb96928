--- Colour and progress are for terminals, and NO_COLOR takes the colour away.
local pages = require("spec.cli.pages")
local program = require("spec.cli.program")
local quoted = require("perilune.shell").quoted

local COLOUR <const> = "\27%[%d*m"

describe("a command's output", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder
  setup(function() folder = program.folder() end)
  teardown(function() program.remove(folder) end)

  --- On a terminal that `script` makes.
  local function shown(command, variables)
    return (pages.shell(("env TERM=xterm %s script -qec %s /dev/null"):format(variables or "",
      quoted(quoted(program.path) .. " " .. command)), folder))
  end

  it("has colour on a terminal, and none in a pipe", function()
    assert.truthy(shown("list"):find(COLOUR))
    assert.falsy(program.run({ "list" }, folder, { TERM = "xterm" }).out:find("\27", 1, true))
  end)

  it("has no colour where NO_COLOR is set and not empty", function()
    assert.falsy(shown("list", "NO_COLOR=1"):find(COLOUR))
    assert.truthy(shown("list", "NO_COLOR="):find(COLOUR))
  end)

  it("is busted's without colour as well", function()
    pages.shell("echo \"it('is', function() end)\" >one_spec.lua", folder)
    assert.truthy(shown("test one_spec.lua"):find(COLOUR))
    assert.falsy(shown("test one_spec.lua", "NO_COLOR=1"):find(COLOUR))
    assert.falsy(shown("test one_spec.lua", "TERM=dumb"):find("\27", 1, true))
  end)

  it("shows what is under way on a terminal alone, and clears it for what went wrong", function()
    local script = "local f = io.open('runs', 'a') f:write('x') if f:seek() > 3 then error() end"
    pages.shell("echo " .. quoted(script) .. " >often.lua", folder)
    local output = shown("time -n 1 often.lua")
    assert.truthy(output:find("  run 2", 1, true), output)
    assert.truthy(output:find("\r\27[Kperilune: often.lua failed", 1, true), output)
    os.remove(folder .. "/runs")
    local result = program.run({ "time", "-n", "1", "often.lua" }, folder, { TERM = "xterm" })
    assert.equal("", result.out)
    assert.falsy(result.err:find("\27", 1, true), result.err)
  end)

  it("is JSON alone, where a program asks for it", function()
    pages.shell("echo 'local function f() end f()' >one.lua", folder)
    for _, command in ipairs({ "list", "profile", "memory" }) do
      local words = { command, "--json", command ~= "list" and "one.lua" or nil }
      local result = program.run(words, folder)
      assert.equal("table", type(require("dkjson").decode(result.out)), command)
      assert.equal("", result.err)
    end
    local result = program.run({ "profile", "--json", "--format", "text", "one.lua" }, folder)
    assert.equal(2, result.code)
  end)
end)
