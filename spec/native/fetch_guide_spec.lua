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

  --- Those that are no file, which a command of the page would run.
  local function examples()
    local list, file <close> = {}, assert(io.open("docs/guide/fetch.md"))
    for code in file:read("a"):gmatch("```lua\n(.-)```") do
      if not code:find("^%-%- %S+%.lua\n") then list[#list + 1] = code end
    end
    return list
  end

  local function expected(code)
    local lines = {}
    for line in code:gmatch("%-%-> ([^\n]*)") do lines[#lines + 1] = line .. "\n" end
    return table.concat(lines)
  end

  -- Bodies end in a line break, which the comments do not show.
  local function shown(out) return (out:gsub("\t", " "):gsub("\n\n", "\n")) end

  it("print what they say", function()
    local folder, list = program.folder(), examples()
    for _, code in ipairs(list) do
      code = code:gsub("http://127%.0%.0%.1:8080", url)
      for _, impl in ipairs { "native", "script" } do
        local outcome = program.run({ "-W", "-e", code }, folder,
          { PERILUNE_IMPL = "fetch=" .. impl })
        outcome.out = shown(outcome.out)
        assert.same({ code = 0, out = expected(code), err = "" }, outcome)
      end
    end
    program.remove(folder)
    assert.equal(4, #list)
  end)
end)
