--- docs/api, what editors know the modules by: up to date, whole, and true.
local files = require("perilune.lab.files")
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

--- Functions that are promised for a table or a class in a stub.
local function promised(text, table_name, class)
  local found = {}
  local class_block = "%-%-%-@class " .. class:gsub("%.", "%%.") .. "%f[^%w.][^\n]*\n(.-)\n\n"
  for pattern, place in pairs({
    ["\nfunction " .. table_name .. "[.:](%w[%w_]*)%("] = text,
    ["%-%-%-@type fun[^\n]*\n" .. table_name .. "%.(%w+) = nil"] = text,
    ["%-%-%-@field ([%w_]+)%?? fun%("] = text:match(class_block) or "",
  }) do
    for name in place:gmatch(pattern) do found[name] = true end
  end
  return found
end

local function functions_of(value)
  local found = {}
  for name, each in pairs(value) do
    if type(name) == "string" and type(each) == "function" and not name:find("^_") then
      found[name] = true
    end
  end
  return found
end

local function methods_of(object)
  local index = debug.getmetatable(object).__index
  return functions_of(type(index) == "table" and index or getmetatable(object).methods or {})
end

local BUILTIN <const> = {}
for word in ("any nil string number integer boolean table function thread userdata fun self file "
  .. "true false"):gmatch("%w+") do BUILTIN[word] = true end

--- Names of types in an annotation's type, which comes before its description.
local function types_in(line, found)
  local text = line:gsub('"[^"]*"', ""):gsub("[%w_]+%??:", ""):gsub("%.%.%.", "")
  for name in text:match("^%S+"):gmatch("%a[%w_.]*") do
    if not BUILTIN[name] then found[name] = line end
  end
  for name in line:gmatch("perilune%.%l+%.%u%a+") do found[name] = line end
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

  it("have every function of every module, and no other", function()
    for name, text in pairs(stubs) do
      local module = require(ROOT .. name)
      assert.same(functions_of(module), promised(text, name, ROOT .. name), name)
    end
  end)

  it("have every method of the objects that modules make", function()
    local pool <close> = require("perilune.pool").new({ workers = 1 })
    local graph <close> = require("perilune.graph").new()
    local objects = {
      { "hashset", "perilune.hashset.Set", require("perilune.hashset").new() },
      { "ints", "perilune.ints.Vector", require("perilune.ints").new(1) },
      { "graph", "perilune.graph.Graph", graph },
      { "pool", "perilune.pool.Pool", pool, true }, -- it has a few of its own, in Lua
    }
    local asked = 0
    for _, each in ipairs(objects) do
      local name, class, object, more = table.unpack(each)
      local known = promised(stubs[name], "no table", class)
      assert.truthy(next(known), class)
      for method in pairs(more and {} or methods_of(object)) do
        asked = asked + 1
        assert.is_true(known[method], class .. ":" .. method)
      end
      for method in pairs(known) do assert.is_function(object[method], class .. ":" .. method) end
    end
    assert.is_true(asked > 20, asked)
  end)

  it("describe each function and each of its arguments", function()
    for name, text in pairs(stubs) do
      for comment, call in text:gmatch("\n\n(%-%-%-[^\n]*\n[^\n].-)\nfunction ([^\n]*) end") do
        comment = comment:match(".*\n\n(.*)$") or comment
        assert.truthy(comment:find("^%-%-%- %S"), name .. " " .. call)
        for argument in call:match("%((.*)%)"):gmatch("[%w_.]+") do
          local mark = "---@param " .. argument
          assert.truthy(comment:find(mark, 1, true), name .. ": " .. call .. ": " .. argument)
        end
      end
    end
  end)

  it("define every type that they name", function()
    local defined, used = {}, {}
    for _, text in pairs(stubs) do
      for name in text:gmatch("%-%-%-@class ([%w_.]+)") do defined[name] = true end
      for name in text:gmatch("%-%-%-@alias ([%w_.]+)") do defined[name] = true end
      for line in text:gmatch("%-%-%-@return ([^\n]*)") do types_in(line, used) end
      for line in text:gmatch("%-%-%-@param [%w_.]+%?? ([^\n]*)") do types_in(line, used) end
      for line in text:gmatch("%-%-%-@field [%w_]+%?? ([^\n]*)") do types_in(line, used) end
    end
    for name, line in pairs(used) do assert.is_true(defined[name], name .. " in " .. line) end
    assert.truthy(used["perilune.pool.Future"])
  end)
end)
