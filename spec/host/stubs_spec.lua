--- docs/api, what editors know the modules by: up to date, whole, and true.
local files = require("perilune.lab.files")
local luacats = require("spec.host.luacats")
local pages = require("spec.cli.pages")
local program = require("spec.cli.program")

local ROOT <const> = "perilune."
local FOLDER <const> = "docs/api/perilune/"

local names = {}
for _, name in ipairs(assert(files.list(FOLDER))) do
  names[#names + 1] = name:match("^(%w+)%.lua$")
end

local stubs = {}
for _, name in ipairs(names) do stubs[name] = pages.read(FOLDER .. name .. ".lua") end

-- What `require` gives for Perilune's own rooms alone, or (auto) for what it does.
local INNER <const> = {
  allocator = true, arguments = true, auto = true, cli = true, format = true, markup = true,
  recorder = true, recording = true, shell = true,
}

-- Methods that rooms of ours call on each other's objects.
local INNER_METHODS <const> = {
  ["perilune.async.Task"] = { "ask", "description", "is_over", "outcome", "step", "watch" },
  ["perilune.pool.Future"] = {
    "abandon", "fail", "finish", "put_back", "send", "try_again", "waiting",
  },
  ["perilune.pool.Pool"] = { "shut_down" },
}

--- An object of each class that has methods.
local makers = {
  ["perilune.async.Permit"] = function(modules) return modules.async.semaphore(1):acquire() end,
  ["perilune.async.Semaphore"] = function(modules) return modules.async.semaphore(1) end,
  ["perilune.async.Task"] = function(modules) return modules.async.running() end,
  ["perilune.bench.Observation"] = function(modules) return modules.bench.observe() end,
  ["perilune.child.Child"] = function(modules)
    return modules.child.start({ file = "spec/host/child_solution.lua" })
  end,
  ["perilune.fetch.Result"] = function(modules)
    return modules.fetch.get("http://127.0.0.1:1/", { timeout = 10 })
  end,
  ["perilune.fetch.Session"] = function(modules) return modules.fetch.session() end,
  ["perilune.graph.Graph"] = function(modules) return modules.graph.new() end,
  ["perilune.graph.Object"] = function(modules) return modules.graph.new():object() end,
  ["perilune.graph.Snapshot"] = function(modules) return modules.graph.new():snapshot() end,
  ["perilune.hashset.Set"] = function(modules) return modules.hashset.new() end,
  ["perilune.heap.Snapshot"] = function(modules)
    local began = not modules.heap.tracking() and modules.heap.start()
    local snapshot = modules.heap.snapshot()
    if began then modules.heap.stop() end
    return snapshot
  end,
  ["perilune.ints.Vector"] = function(modules) return modules.ints.new(1) end,
  ["perilune.memo.Cache"] = function(modules)
    return modules.memo.cache(modules.memo.wrap(print))
  end,
  ["perilune.pool.Future"] = function(modules)
    local pool <close> = modules.pool.new({ workers = 1 })
    return pool:submit(print)
  end,
  ["perilune.pool.Pool"] = function(modules) return modules.pool.new({ workers = 1 }) end,
  ["perilune.profiler.Profile"] = function(modules)
    assert(modules.profiler.start())
    return modules.profiler.stop()
  end,
  ["perilune.profiler.Zone"] = function(modules) return modules.profiler.zone("one") end,
}

local function functions_of(value)
  local found = {}
  for name, each in pairs(value) do
    if type(name) == "string" and type(each) == "function" and not name:find("^_") then
      found[name] = true
    end
  end
  return found
end

--- Those that an object's __index gives; where it is a function, from the tables that it knows.
local function methods_of(object)
  local index = debug.getmetatable(object).__index
  if type(index) == "table" then return functions_of(index) end
  local found = {}
  for i = 1, debug.getinfo(index, "u").nups do
    local _, known = debug.getupvalue(index, i)
    for name in pairs(type(known) == "table" and functions_of(known) or {}) do
      found[name] = type(object[name]) == "function" or nil -- else it makes a field
    end
  end
  return found
end

--- Functions that a stub promises: of its table under its own name, of classes under theirs.
local function promised(text)
  local found, class, owners = {}, nil, {}
  local function add(owner, name)
    found[owner] = found[owner] or {}
    found[owner][name] = true
  end
  for line in text:gmatch("([^\n]*)\n") do
    class = line:match("^%-%-%-@class ([%w_.]*[%w_])") or line ~= "" and class or nil
    local variable = line:match("^local (%w+)")
    if variable then owners[variable] = class or variable end
    local field = line:match("^%-%-%-@field ([%w_]+)%?? fun%(")
    if field and class then add(class, field) end
    local owner, name = line:match("^function (%w+)[.:]([%w_]+)%(")
    if owner then add(owners[owner], name) end
    owner, name = line:match("^(%w+)%.([%w_]+) = nil")
    if owner then add(owners[owner], name) end
  end
  return found
end

local function with_methods(found, stub)
  for class, methods in pairs(promised(stub)) do
    -- Options and module tables are made by nobody.
    local is_object = class:find("%.%u") and not class:find("Options$")
    if is_object then found[class] = methods end
  end
  return found
end

describe("the stubs", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  it("are what the annotated modules give", function()
    local result = program.run({ "docs/api/generate.lua", "--check" }, ".")
    assert.same({ code = 0, out = "", err = "" }, result)
  end)

  it("can be loaded, so that their syntax is right", function()
    for name, text in pairs(stubs) do assert(load(text, "=" .. name)) end
  end)

  it("are there for every module that is anybody's", function()
    local public = {}
    for name in pairs(package.preload) do
      local short = name:match("^perilune%.(%w+)$")
      if short and not INNER[short] then public[#public + 1] = short end
    end
    table.sort(public)
    table.sort(names)
    assert.same(public, names)
  end)

  it("have every function of every module, and no other", function()
    for name, text in pairs(stubs) do
      local module, found = require(ROOT .. name), promised(text)
      local known = found[name] or found[ROOT .. name]
      for field in pairs(known or {}) do
        -- Values are promised in the same way.
        if module[field] ~= nil and type(module[field]) ~= "function" then known[field] = nil end
      end
      assert.same(functions_of(module), known or {}, name)
    end
  end)

  it("have every method of the objects that modules make, and no other", function()
    local modules, classes = {}, {}
    for name, text in pairs(stubs) do
      modules[name] = require(ROOT .. name)
      with_methods(classes, text)
    end
    for class in pairs(makers) do assert.truthy(classes[class], class) end
    modules.async.run(function()
      for class, methods in pairs(classes) do
        local object = assert(assert(makers[class], class)(modules))
        local own = methods_of(object)
        for _, name in ipairs(INNER_METHODS[class] or {}) do own[name] = nil end
        assert.same(own, methods, class)
        if methods.close then object:close() end
      end
    end)
  end)

  it("have methods that take their object, so that editors know them by the colon", function()
    for _, text in pairs(stubs) do
      local class
      for line in text:gmatch("[^\n]+") do
        class = line:match("^%-%-%-@class ([%w_.]+)") or class
        local method = line:match("^%-%-%-@field ([%w_]+) fun%(")
        if method and makers[class] then
          assert.truthy(line:find(" fun(self", 1, true), class .. ":" .. method)
        end
      end
    end
  end)

  it("describe each function", function()
    for name, text in pairs(stubs) do
      for comment, call in text:gmatch("\n\n(%-%-%-[^\n]*\n[^\n].-)\nfunction ([^\n]*) end") do
        comment = comment:match(".*\n\n(.*)$") or comment
        assert.truthy(comment:find("^%-%-%- %S"), name .. " " .. call)
      end
    end
  end)

  it("are read by editors as they are meant, and name types that there are", function()
    local defined, used = {}, {}
    for name, text in pairs(stubs) do
      local problems, classes, types = luacats.check(text)
      assert.same({}, problems, name)
      for class in pairs(classes) do defined[class] = true end
      for class, line in pairs(types) do used[class] = name .. ".lua:" .. line end
    end
    for class, where in pairs(used) do assert.is_true(defined[class], class .. " in " .. where) end
    assert.truthy(used["perilune.pool.Future"])
    for class in pairs(defined) do assert.truthy(class:find("^perilune%."), class) end
  end)
end)

describe("what editors would read otherwise", function()
  local texts = {
    ["---@param a string\nfunction m.f(a) end"] = "none",
    ["---@param b string\nfunction m.f(a) end"] = "(a) is annotated as (b)",
    ["---@param a string\n--- more of it\nfunction m.f(a) end"] =
      "text after a tag belongs to what comes next",
    ["---@class C\n---@field a string|\n"] = "a type is missing at \"\"",
    ["---@class C\n---@field a string.\n"] = "no name",
    ["---@class C\n---@field a fun(b\n"] = ") is missing at \"\"",
    ["---@class C\n---@field a table\n---\n--- lost\n"] = "the text above belongs to nothing",
    ["---@retrun string\n"] = "no tag",
    ["---@return string the text\n"] = "a result is named the",
    ["---@return string, and more\n"] = "a comma is another result",
    ["--- Failures: many.\n---@return boolean?\nfunction m.f() end"] =
      "no message and code among the results",
  }
  for text, expected in pairs(texts) do
    it("is told: " .. text:gsub("\n", " "), function()
      local line = luacats.check(text .. "\n")[1]
      assert.equal(expected, line and line:match("^%d+: (.-): ") or "none")
    end)
  end
end)
