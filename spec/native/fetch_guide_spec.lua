--- The examples in docs/guide/fetch.md print what their comments say.
local child = require("spec.fetch.child")
local program = require("spec.cli.program")

describe("the guide's examples for fetch", function()
  if not program.path then
    pending("not run inside the host, and PERILUNE names no program")
    return
  end

  local server, url

  setup(function()
    server = child.start(program.path, { "serve", "--port=0", "--until-eof", "--quiet" })
    url = assert(server:line()):gsub("/$", "")
  end)
  teardown(function() server:stop() end)

  local function examples()
    local file <close> = assert(io.open("docs/guide/fetch.md"))
    return file:read("a"):gmatch("```lua\n(.-)```")
  end

  local function expected(code)
    local lines = {}
    for line in code:gmatch("%-%-> ([^\n]*)") do lines[#lines + 1] = line .. "\n" end
    return table.concat(lines)
  end

  -- Bodies end in a line break, which the comments do not show.
  local function shown(out) return (out:gsub("\t", " "):gsub("\n\n", "\n")) end

  it("print what they say", function()
    local folder, count = program.folder(), 0
    for code in examples() do
      count = count + 1
      code = code:gsub("http://127%.0%.0%.1:8080", url)
      for _, impl in ipairs { "native", "script" } do
        local outcome = program.run({ "-W", "-e", code }, folder,
          { PERILUNE_IMPL = "fetch=" .. impl })
        outcome.out = shown(outcome.out)
        assert.same({ code = 0, out = expected(code), err = "" }, outcome)
      end
    end
    program.remove(folder)
    assert.equal(4, count)
  end)
end)
