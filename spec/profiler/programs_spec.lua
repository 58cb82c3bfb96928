--- Programs that nobody here wrote do and say the same with the profiler as without.
local uv = require("luv")
local whole = require("spec.profiler.whole")

local LUACHECK <const> = "/usr/share/lua/5.1/luacheck/"
local PENLIGHT <const> = "/usr/share/lua/5.4/pl/"

local GOOD <const> = [[
describe("lists", function()
  local list
  before_each(function() list = { 3, 1, 2 } end)
  it("are sorted", function()
    table.sort(list, function(a, b) return a < b end)
    assert.same({ 1, 2, 3 }, list)
  end)
  it("are iterated by coroutines", function()
    local sum = 0
    for x in coroutine.wrap(function() for _, x in ipairs(list) do coroutine.yield(x) end end) do
      sum = sum + x
    end
    assert.equal(6, sum)
  end)
  pending("wait")
end)
]]

local BAD <const> = GOOD .. [[
it("fails", function() assert.same({ 1, { 2 } }, { 1, { 3 } }) end)
it("raises", function() error({ code = 1 }) end)
it("spies", function()
  local s = spy.new(function() end)
  s(1, nil, 3)
  assert.spy(s).was.called_with(1, nil, 4)
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
print(map, seq.sum(seq.range(1, 1000)), pretty.read("{1,{2},x=3}").x)
local Animal = class()
function Animal:_init(name) self.name = name end
function Animal:__tostring() return "animal " .. self.name end
local Dog = class(Animal)
print(Dog("Rex"), Dog:class_of(Dog("Rex")), pcall(List.append))
print(require("pl.template").substitute("# for i = 1, 3 do\n<$(i)>\n# end\n", { _parent = _G }))
print(require("pl.data").read(require("pl.stringio").open("a,b\n1,2\n3,4\n")):column_by_name("b"))
require("pl.utils").quit(3, "quits with %s", "a message")
]]

local programs <const> = {
  { name = "busted", code = 0, needs = "/usr/bin/busted", files = { ["good_spec.lua"] = GOOD },
    args = { "/usr/bin/busted", "-o", "TAP", "good_spec.lua" } },
  { name = "busted where tests fail", code = 1, needs = "/usr/bin/busted",
    files = { ["bad_spec.lua"] = BAD }, args = { "/usr/bin/busted", "-o", "TAP", "bad_spec.lua" } },
  { name = "luacheck on its own parser", code = 0, needs = "/usr/bin/luacheck",
    args = { "/usr/bin/luacheck", "--no-config", "--no-cache", "--codes", "--no-color",
      LUACHECK .. "parser.lua", LUACHECK .. "decoder.lua" } },
  { name = "ldoc on a module of penlight", code = 0, needs = "/usr/bin/ldoc",
    args = { "/usr/bin/ldoc", "-d", "doc", PENLIGHT .. "OrderedMap.lua" } },
  { name = "penlight", code = 3, needs = PENLIGHT .. "pretty.lua", files = { ["s.lua"] = LISTS },
    args = { "s.lua" } },
}

local function prefixed(words, args)
  return table.move(args, 1, #args, #words + 1, words)
end

--- With the profile going to `path`.
local function profiled(interpreter, mode, path, args)
  if interpreter.name == "lua5.4" then
    return prefixed({ "-lperilune.auto" }, args)
  end
  local words = { "profile", "-o", path }
  if mode ~= "calls" then
    words[#words + 1] = "--" .. mode
  end
  return prefixed(words, args)
end

--- ldoc says where it has written to.
local function without_folder(outcome)
  outcome.stdout = outcome.stdout:gsub("/tmp/perilune%-twin%-%w+", "FOLDER")
  return outcome
end

local interpreters, why = whole.interpreters()
if not interpreters then
  pending("programs under the profiler: " .. why)
  return
end

describe("the profiler changes nothing", function()
  teardown(function() whole.close(interpreters) end)

  for _, interpreter in ipairs(interpreters) do
    for _, mode in ipairs(whole.modes) do
      describe(("under %s, in mode %s,"):format(interpreter.name, mode), function()
        local folder

        before_each(function() folder = whole.folder() end)
        after_each(function() whole.remove(folder) end)

        for _, program in ipairs(programs) do
          it(program.name, function()
            if not uv.fs_access(program.needs, "r") then
              pending(program.needs .. " is not installed")
              return
            end
            local path = folder .. "/profile.json"
            local plain, other = whole.compare(interpreter, {
              args = program.args, host = profiled(interpreter, mode, path, program.args),
              files = program.files,
              env = { PERILUNE_PROFILE = ("mode=%s,output=%s"):format(mode, path) },
            })
            assert.same(without_folder(plain), without_folder(other))
            assert.equal(program.code, plain.code)
            assert.equal(mode, select(2, whole.read(path)).mode)
          end)
        end
      end)
    end
  end
end)
