--- Finalisers of Lua's that use what is at work, or close it, leave it sound.
local uv = require("luv")
local quoted = require("perilune.shell").quoted

describe("finalisers of Lua's", function()
  local function run(arguments)
    local pipe <close> = assert(io.popen(("%s spec/native/reentry.lua %s 2>&1"):format(
      quoted(uv.exepath()), arguments)))
    return pipe:read("a")
  end

  it("leave native sets, stores, graphs, crews and engines sound", function()
    assert.equal("sound\n", run(""))
  end)

  it("may be the first to need the state's seed", function()
    for request = 1, 8 do assert.equal("sound\n", run(request)) end
  end)
end)
