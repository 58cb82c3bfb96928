--- Graphs that a script leaves behind when it ends, and what they warn of, in every implementation
--- of perilune.graph: in a process of its own.
local kinds = require("spec.contract.kinds")
local uv = require("luv")

local PRELUDE <const> = [[
package.path = "host/lua/?.lua;" .. package.path
local graph = require("perilune.graph")
local function new(name)
  local g = graph.new()
  g:finalizer(function(id, value)
    print(name, type(value) == "string" and value or "-", g:alive(id), g:count() > 0)
  end)
  return g
end
]]

local quoted = require("perilune.shell").quoted

-- Runs the code in the implementation; gives what it printed on both streams, its lines sorted.
local function run(name, code)
  local command = ("%s run --impl graph=%s -W -e %s 2>&1"):format(
    quoted(uv.exepath()), quoted(name), quoted(PRELUDE .. code))
  local pipe <close> = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  table.sort(lines)
  return table.concat(lines, "\n")
end

-- What may be left in any order: `g`, another graph `h`, objects, values that lead to graphs.
local pieces = {
  graph = [[g = new("g") g:link(g:node("a"), g:node("b"))]],
  object = [[o = g and g:object("o") or o]],
  ring = [[if g then local a = g:node("r") g:link(a, a) g:release(a) end]],
  value = [[if g then g:node({ g, o }) g:node(setmetatable({}, { __gc = function()
    collectgarbage() end })) end]],
  other = [[h = new("h") h:node("h") if g then h:node(g) g:node(h) g:node(h:object("ho")) end]],
  bound = [[bound = { (g or h or graph.new()):bind() }]],
  cycle = [[local t = { g, h, o } t.t = t setmetatable(t, { __gc = function(self)
    if not self[1] then return end
    pcall(self[1].node, self[1], "late")
    pcall(self[1].collect, self[1]) end })]],
  coroutine = [[co = coroutine.wrap(function() local x <close> = (g or h or graph.new()):object("c")
    coroutine.yield() end) co()]],
}
local names = {}
for name in pairs(pieces) do names[#names + 1] = name end
table.sort(names)

local function shuffled(random)
  local list = table.move(names, 1, #names, 1, {})
  for i = #list, 2, -1 do
    local j = random(i)
    list[i], list[j] = list[j], list[i]
  end
  return list
end

for kind, _, name in kinds("graph") do
  describe("a script that ends " .. kind, function()
    it("closes its graphs, with a call for each node", function()
      assert.equal(table.concat({
        "done", "g\ta\ttrue\ttrue", "g\tb\ttrue\ttrue", "g\to\ttrue\ttrue", "g\tr\ttrue\ttrue",
      }, "\n"), run(name, table.concat({ pieces.graph, pieces.object, pieces.ring,
        [[print("done")]] }, "\n")))
    end)

    it("leaves graphs, objects and values behind in any order", function()
      for seed = 1, 12 do
        math.randomseed(seed)
        local parts = {}
        for i, piece in ipairs(shuffled(math.random)) do parts[i] = pieces[piece] end
        local code = table.concat(parts, "\n") .. '\nprint("done")'
        local out = run(name, code)
        assert.truthy(("\n" .. out .. "\n"):find("\ndone\n", 1, true), out .. "\n" .. code)
        for line in out:gmatch("[^\n]+") do
          assert.truthy(line == "done" or line:find("^[gh]\t[%w-]+\ttrue\ttrue$"),
            line .. "\n" .. code)
        end
      end
    end)

    it("leaves them where os.exit closes the state, or does not", function()
      local code = table.concat({ pieces.graph, pieces.object, pieces.value, "" }, "\n")
      assert.truthy(run(name, code .. " os.exit(0, true)"):find("g\tb\ttrue", 1, true))
      assert.equal("", run(name, code .. " os.exit(0)"))
    end)

    it("warns of errors in finalizers and callbacks", function()
      local out = run(name, [[
        local g <close> = graph.new()
        g:finalizer(function(_, value) error(value, 0) end)
        g:release(g:node("in a finalizer"))
        g:release(g:node({}))
        g:on("start", function() error("in a callback", 0) end)
        g:collect()]])
      assert.equal(table.concat({
        "Lua warning: error in 'start' callback (in a callback)",
        "Lua warning: error in finalizer (error object is not a string)",
        "Lua warning: error in finalizer (in a finalizer)",
      }, "\n"), out)
    end)
  end)
end
