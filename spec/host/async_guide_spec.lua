--- The examples in docs/guide/async.md print what their comments say.
local program = require("spec.cli.program")

describe("the guide's examples for async", function()
  if not program.path then
    pending("not run inside the host, and PERILUNE names no program")
    return
  end

  local function examples()
    local file <close> = assert(io.open("docs/guide/async.md"))
    return file:read("a"):gmatch("```lua\n(.-)```")
  end

  local function expected(code)
    local lines = {}
    for line in code:gmatch("%-%-> ([^\n]*)") do lines[#lines + 1] = line .. "\n" end
    return table.concat(lines)
  end

  it("print what they say", function()
    local folder, count = program.folder(), 0
    for code in examples() do
      count = count + 1
      local outcome = program.run({ "-W", "-e", code }, folder)
      outcome.out = outcome.out:gsub("\t", " ")
      assert.same({ code = 0, out = expected(code), err = "" }, outcome)
    end
    program.remove(folder)
    assert.equal(4, count)
  end)
end)
