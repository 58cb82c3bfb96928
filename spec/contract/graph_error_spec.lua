--- What graphs refuse and how, in every implementation of perilune.graph.
local blame = require("spec.contract.blame")
local graphs = require("spec.contract.graphs")
local kinds = require("spec.contract.kinds")
local native = require("perilune.native.graph")
local script = require("perilune.script.graph")

local refuses = graphs.refuses

-- Every method, with arguments that are right where the graph has nodes a and b.
local calls = {
  node = {}, nodes = { 1 }, object = {}, hold = { "a" }, link = { "a", "b" }, weak = { "a", "b" },
  unlink = { "a", "b" }, clear = { "a" }, link_all = { {} }, retain = { "a" }, release = { "a" },
  release_all = { {} }, alive = { "a" }, refcount = { "a" }, handles = { "a" },
  referents = { "a" }, referrers = { "a" }, value = { "a" }, set_value = { "a", 1 },
  label = { "a" }, set_label = { "a", "l" }, count = {}, ids = {}, roots = {}, collect = {},
  auto = {}, threshold = {}, on = { "start", print }, finalizer = { print }, debug = {},
  garbage = {}, why_alive = { "a" }, cycles = {}, counts = {}, growth = {}, dot = {},
  snapshot = {}, stats = {}, bind = {},
}

-- Those that take a node, and how many.
local takers = {
  hold = 1, link = 2, weak = 2, unlink = 2, clear = 1, retain = 1, release = 1, refcount = 1,
  handles = 1, referents = 1, referrers = 1, value = 1, set_value = 1, label = 1, set_label = 1,
  why_alive = 1,
}

for kind, graph in kinds("graph") do
  describe("graph errors " .. kind, function()
    local g, a, b

    before_each(function()
      g = graph.new()
      a, b = g:node(), g:node()
    end)
    after_each(function() g:close() end)

    local function arguments(name)
      local list = {}
      for i, argument in ipairs(calls[name]) do
        list[i] = argument == "a" and a or argument == "b" and b or argument
      end
      return table.unpack(list)
    end

    it("refuse a bad self in every method", function()
      local text = "calling '%s' on bad self (perilune.graph expected, got %s)"
      for name in pairs(calls) do
        for got, self in pairs { number = 1, string = "x", table = {},
          ["perilune.graph.object"] = g:object(), ["FILE*"] = io.stdout } do
          local call = function()
            local _ = g[name](self, arguments(name))
          end
          assert.equal(blame.at(call, 1, text:format(name, got)), blame.message(call))
        end
        assert.equal(text:format(name, "nil"), blame.message(g[name], nil))
      end
      assert.equal(text:format("close", "nil"), blame.message(g.close, nil))
    end)

    it("refuse a closed graph in every method but close", function()
      local text = "calling '%s' on bad self (the graph is closed)"
      local node, link, release = g:bind()
      g:close()
      for name in pairs(calls) do
        local call = function()
          local _ = g[name](g, arguments(name))
        end
        assert.equal(blame.at(call, 1, text:format(name)), blame.message(call))
      end
      refuses(text:format("node"), function() node() end)
      refuses(text:format("link"), function() link(a, b) end)
      refuses(text:format("release"), function() release(a) end)
      g:close()
      assert.equal("perilune.graph: closed", tostring(g))
    end)

    it("refuse what is no live node wherever one is asked for", function()
      local text = "bad argument #%d to '%s' (%s)"
      local dead = g:node()
      g:release(dead)
      for name, count in pairs(takers) do
        for i = 1, count do
          for bad, why in pairs {
            [dead] = "the node is dead", [-1] = "the node is dead",
            [math.maxinteger] = "the node is dead", [0.5] = "number has no integer representation",
            [("1")] = "node expected, got string", [true] = "node expected, got boolean",
            [g] = "node expected, got perilune.graph", [{}] = "node expected, got table",
          } do
            local list = { arguments(name) }
            list[i] = bad
            local call = function()
              local _ = g[name](g, table.unpack(list))
            end
            assert.equal(blame.at(call, 1, text:format(i, name, why)), blame.message(call))
          end
        end
      end
      refuses(text:format(1, "value", "node expected, got nil"), function() g:value(nil) end)
      assert.equal(2, g:count())
      assert.equal(1, g:refcount(a))
      assert.equal(1, g:refcount(b))
    end)

    it("tell alive from wrong", function()
      local text = "bad argument #1 to 'alive' (%s)"
      assert.is_false(g:alive(12345678))
      refuses(text:format("node expected, got string"), function() g:alive("1") end)
      refuses(text:format("node expected, got nil"), function() g:alive(nil) end)
      refuses(text:format("number has no integer representation"), function() g:alive(0.5) end)
      refuses(text:format("number has no integer representation"), function() g:alive(2.0 ^ 63) end)
    end)

    it("refuse to release a handle that is not there", function()
      local text = "bad argument #1 to 'release' (the node has no handle)"
      local _, _, release = g:bind()
      g:link(a, b)
      g:release(b)
      refuses(text, function() g:release(b) end)
      refuses(text, function() release(b) end)
      assert.equal(1, g:refcount(b))
    end)

    it("point to the caller of bound methods", function()
      local node, link, release = g:bind()
      local object <close> = g:object()
      refuses("bad argument #1 to 'link' (the node is dead)", function() link(-1, a) end)
      refuses("bad argument #2 to 'link' (node expected, got string)", function() link(a, "b") end)
      refuses("bad argument #1 to 'release' (the node is dead)", function() release(-1) end)
      refuses("bad argument #1 to 'node' (a value must not be an object of its own graph)",
        function() node(object) end)
    end)

    it("refuse bad options", function()
      local text = "bad argument #1 to 'new' (%s)"
      refuses(text:format("table expected, got number"), function() graph.new(5) end)
      for key, shown in pairs({ x = '"x"', [1] = "1", [true] = "boolean" }) do
        refuses(text:format("there is no option " .. shown .. "; the options: auto, threshold"),
          function() graph.new({ [key] = 1 }) end)
      end
      assert.has_error(function() graph.new({ ["auto\0x"] = true }) end)
      for _, bad in ipairs { 0, -1, 1.5, "1", true } do
        refuses(text:format("threshold must be an integer from 1 on"),
          function() graph.new({ threshold = bad }) end)
        refuses("bad argument #1 to 'threshold' (threshold must be an integer from 1 on)",
          function() g:threshold(bad) end)
      end
      for _, bad in ipairs { 0, "true" } do
        refuses(text:format("auto must be a boolean"), function() graph.new({ auto = bad }) end)
        refuses("bad argument #1 to 'auto' (auto must be a boolean)", function() g:auto(bad) end)
      end
    end)

    it("refuse bad events, flags, functions and labels", function()
      refuses("bad argument #1 to 'on' (invalid option 'x')", function() g:on("x", print) end)
      assert.has_error(function() g:on("start\0x", print) end)
      refuses("bad argument #1 to 'on' (string expected, got nil)", function() g:on() end)
      refuses("bad argument #2 to 'on' (function expected, got table)",
        function() g:on("start", {}) end)
      refuses("bad argument #1 to 'finalizer' (function expected, got number)",
        function() g:finalizer(1) end)
      refuses("bad argument #1 to 'debug' (invalid option 'all')", function() g:debug("all") end)
      assert.has_error(function() g:debug("saveall\0x") end)
      refuses("bad argument #1 to 'debug' (string expected, got boolean)",
        function() g:debug(true) end)
      refuses("bad argument #2 to 'set_label' (string expected, got table)",
        function() g:set_label(a, {}) end)
      refuses("bad argument #2 to 'set_label' (string expected, got number)",
        function() g:set_label(a, 1) end)
      refuses("bad argument #1 to 'cycles' (invalid option 'some')",
        function() g:cycles("some") end)
      refuses("bad argument #1 to 'cycles' (string expected, got number)",
        function() g:cycles(1) end)
    end)

    it("have no fields to assign to", function()
      assert.is_false(pcall(function() g.x = 1 end))
      local object <close> = g:object()
      assert.is_false(pcall(function() object.x = 1 end))
    end)
  end)
end

describe("a script graph and a native one", function()
  it("do not mix", function()
    local text = "calling '%s' on bad self (a script graph and a native one do not mix)"
    local one <close> = script.new()
    local other <close> = native.new()
    for name in pairs(calls) do
      assert.equal(text:format(name), blame.message(one[name], other))
      assert.equal(text:format(name), blame.message(other[name], one))
    end
    assert.equal(text:format("close"), blame.message(one.close, other))
    assert.equal(text:format("close"), blame.message(other.close, one))
  end)

  it("do not take one another's objects", function()
    local one <close> = script.new()
    local other <close> = native.new()
    local text = "bad argument #1 to 'retain' (an object of another graph)"
    assert.equal(text, blame.message(one.retain, one, other:object()))
    assert.equal(text, blame.message(other.retain, other, one:object()))
  end)

  it("take one another, and their objects, as values", function()
    local one <close> = script.new()
    local other <close> = native.new()
    local object <close> = other:object()
    assert.equal(other, one:value(one:node(other)))
    assert.equal(one, other:value(other:node(one)))
    assert.equal(object, one:value(one:node(object)))
  end)
end)
