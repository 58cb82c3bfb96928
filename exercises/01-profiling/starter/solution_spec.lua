-- Run it in this folder with `perilune test`, when you have repaired slow_script.lua as
-- fast_script.lua (README.md, If you want more). Add what else your version must not lose.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local interpreter = require("luv").exepath()

local function is_there(name)
  local file = io.open(here .. name)
  return file ~= nil and file:close()
end

local function output_of(script)
  local pipe <close> = assert(io.popen(("cd '%s' && '%s' %s"):format(here, interpreter, script)))
  return pipe:read("a")
end

describe("fast_script", function()
  if not is_there("fast_script.lua") then
    pending("prints what slow_script prints")
    return
  end

  it("prints what slow_script prints", function()
    assert.equal(output_of("slow_script.lua"), output_of("fast_script.lua"))
  end)
end)
