--- Programs that others wrote, as Debian installs them, run alike under lua5.4 and here.
local uv = require("luv")
local twin = require("spec.host.twin")

local SHARED <const> = "/usr/share/lua/5.4/"
local OLDER <const> = "/usr/share/lua/5.1/"
local PATH <const> = table.concat({
  "./?.lua", SHARED .. "?.lua", SHARED .. "?/init.lua", OLDER .. "?.lua", OLDER .. "?/init.lua",
}, ";")

local SLOPPY <const> = [[
local unused = 1
local function f(a, b) local a = b return a end
undefined_global = f(1)
for i = 1, 10 do local i = i end
if undefined_global then end
return unused_too, string.nothing
]]

local TINY_SPEC <const> = [[
describe("arithmetic", function()
  local n
  before_each(function() n = 2 end)
  it("adds", function() assert.equal(4, n + 2) end)
  it("fails", function() assert.same({ 1, { 2 } }, { 1, { 3 } }) end)
  it("raises", function() error("E") end)
  it("raises a table", function() error({ code = 1 }) end)
  pending("waits")
  it("spies", function()
    local s = spy.new(function() end)
    s(1, nil, 3)
    assert.spy(s).was.called_with(1, nil, 3)
  end)
end)
]]

local LISTS <const> = [[
local pretty, List, stringx = require("pl.pretty"), require("pl.List"), require("pl.stringx")
local OrderedMap, seq, class = require("pl.OrderedMap"), require("pl.seq"), require("pl.class")
print(pretty.write({ 1, 2, { x = "y" }, [10] = true }))
print(List({ 3, 1, 2 }):sort():map("^", 2), List.range(1, 9):slice(2, 4), List("abc"):reverse())
print(stringx.center("x", 9, "*"), List(stringx.split("a,b,,c", ",")), stringx.title("two words"))
local map = OrderedMap()
map:set("z", 1) map:set("a", 2)
print(map, seq.sum(seq.range(1, 100)), pretty.read("{1,{2},x=3}").x)
local Animal = class()
function Animal:_init(name) self.name = name end
function Animal:__tostring() return "animal " .. self.name end
local Dog = class(Animal)
print(Dog("Rex"), Dog:class_of(Dog("Rex")), Animal:class_of(1))
local ok, message = pcall(List.append)
print(ok, message)
print(require("pl.template").substitute("# for i = 1, 3 do\n<$(i)>\n# end\n", { _parent = _G }))
print(require("pl.data").read(require("pl.stringio").open("a,b\n1,2\n3,4\n")):column_by_name("b"))
]]

local JSON <const> = [[
local json = require("dkjson")
local nested = { x = { y = {} } }
local value = { 1, 2.5, "text\n\"\u{20AC}\0", true, json.null, nested, 1e300, -0.0, 2 ^ 53 }
local text = json.encode(value, { indent = true })
print(text)
print(json.encode((json.decode(text))) == json.encode(value))
print(json.decode("[1, 2", 1, nil))
print(json.decode('{"a": [1, {"b": null}], "c": "\\u00e9"}').c)
print(pcall(json.encode, { print }))
local loop = {}
loop[1] = loop
print(pcall(json.encode, loop))
]]

local ARGUMENTS <const> = [[
local parser = require("argparse")("tool", "A tool.", "The end.")
parser:argument("input", "The file."):args("+")
parser:option("-o --output", "Where to.", "a.out")
parser:flag("-v --verbose", "Say more."):count("*")
parser:command("add", "Adds."):option("--name")
print(parser:get_help(), parser:get_usage())
print(parser:pparse({ "x", "y", "-vv" }))
parser:parse()
]]

local FILES <const> = [[
local lfs = require("lfs")
print(lfs.mkdir("sub"), lfs.mkdir("sub"))
print(lfs.attributes("sub", "mode"), lfs.attributes("missing"), lfs.currentdir() ~= nil)
local names = {}
for name in lfs.dir(".") do names[#names + 1] = name end
table.sort(names)
print(table.concat(names, " "), pcall(lfs.dir, "missing"))
local walk, state, handle, closing = lfs.dir(".")
print(type(walk), type(state), handle, closing == state)
print(lfs.symlinkattributes("sub").mode, lfs.rmdir("sub"), lfs.rmdir("sub"))
]]

local YAML <const> = [[
local lyaml = require("lyaml")
local value = lyaml.load("a: [1, 2.5, text, null, true]\nb: {c: d}\n")
print(value.a[1], value.a[2], value.a[3], value.a[4] == lyaml.null, value.a[5], value.b.c)
io.write(lyaml.dump({ { "x", "y", { 1, 2 } } }))
print(pcall(lyaml.load, "a: [1, "))
]]

local LOOP <const> = [[
local uv = require("luv")
local timer, order = uv.new_timer(), {}
local main = coroutine.running()
timer:start(0, 1, function()
  order[#order + 1] = tostring(coroutine.running() == main)
  if #order == 3 then timer:close() end
end)
local co = coroutine.wrap(function()
  local this = coroutine.running()
  uv.fs_stat("/", function(failure, stat) coroutine.resume(this, failure, stat.type) end)
  print(coroutine.yield())
end)
co()
uv.run()
print(table.concat(order, " "))
print(uv.fs_stat("/missing"))
uv.new_idle():start(function() error("in a callback") end)
uv.run("once")
print("not reached?")
]]

local function script(text) return { ["s.lua"] = text } end

local programs = {
  { name = "luacheck", needs = "/usr/bin/luacheck", env = { LUA_PATH = PATH },
    args = { "/usr/bin/luacheck", "--no-config", "--no-cache", "--codes", "--no-color", "s.lua" },
    files = script(SLOPPY) },
  { name = "luacheck on a syntax error", needs = "/usr/bin/luacheck", env = { LUA_PATH = PATH },
    args = { "/usr/bin/luacheck", "--no-config", "--no-cache", "s.lua" },
    files = script("x = = 1") },
  { name = "busted's version", needs = "/usr/bin/busted",
    args = { "/usr/bin/busted", "--version" } },
  { name = "busted's help", needs = "/usr/bin/busted", args = { "/usr/bin/busted", "--help" } },
  { name = "a spec of busted", needs = "/usr/bin/busted", files = script(TINY_SPEC),
    args = { "/usr/bin/busted", "-o", "TAP", "s.lua" } },
  { name = "a spec of busted that names its interpreter", needs = "/usr/bin/busted",
    files = script(TINY_SPEC),
    args = { "/usr/bin/busted", "--lua=perilune", "-o", "TAP", "s.lua" } },
  { name = "penlight", needs = SHARED .. "pl/pretty.lua", files = script(LISTS),
    args = { "s.lua" } },
  { name = "dkjson", needs = SHARED .. "dkjson.lua", files = script(JSON), args = { "s.lua" } },
  { name = "argparse", needs = SHARED .. "argparse.lua", files = script(ARGUMENTS),
    args = { "s.lua", "--odd" } },
  { name = "lfs", needs = "/usr/lib/x86_64-linux-gnu/lua/5.4/lfs.so", files = script(FILES),
    args = { "s.lua" } },
  { name = "lyaml", needs = SHARED .. "lyaml", files = script(YAML), args = { "s.lua" } },
  { name = "luv", needs = "/usr/lib/x86_64-linux-gnu/lua/5.4/luv.so", files = script(LOOP),
    args = { "s.lua" } },
}

describe("the program, as lua5.4 does, runs", function()
  local pair, why = twin.pair()
  if not pair then
    pending("what it can be compared with: " .. why)
    return
  end
  teardown(function() twin.close(pair) end)

  for _, program in ipairs(programs) do
    it(program.name, function()
      if not uv.fs_access(program.needs, "r") then
        pending(program.needs .. " is not installed")
        return
      end
      local stock, host = twin.run(pair, program)
      assert.same(stock, host)
    end)
  end
end)
