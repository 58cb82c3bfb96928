--- Which implementation of a core is used: "script" (plain Lua), "native" (C), or a Lua file of
--- the user's with the same interface. A choice is one of
---
---     script  native              for every core
---     hashset=script              for one; also hashset=native, hashset=mine.lua
---     native,hashset=mine.lua     several, the last one wins
---
--- Without one, the environment variable PERILUNE_IMPL decides, else native.

local impl = {}

--- The cores that have implementations to choose from.
---@type string[]
impl.cores = { "hashset", "memo", "graph", "pool", "fetch" }

-- What the module and the objects that it makes must have. One that is made to be looked at is
-- released where it holds more than memory.
local interfaces = {
  hashset = {
    functions = { "new", "duplicates", "unique" },
    maker = "new()",
    make = function(module) return module.new() end,
    methods = {
      "add", "remove", "contains", "values", "iter", "copy", "clear", "bind", "stats",
    },
  },
  memo = {
    functions = { "wrap", "cache" },
    maker = "cache(wrap(fn))",
    make = function(module) return module.cache(module.wrap(function() end)) end,
    methods = { "info", "clear", "forget", "peek" },
  },
  graph = {
    functions = { "new" },
    maker = "new()",
    make = function(module) return module.new() end,
    methods = {
      "node", "nodes", "object", "hold", "link", "weak", "unlink", "clear", "link_all", "retain",
      "release", "release_all", "alive", "refcount", "handles", "referents", "referrers", "value",
      "set_value", "label", "set_label", "count", "ids", "roots", "collect", "auto", "threshold",
      "on", "finalizer", "debug", "garbage", "why_alive", "cycles", "counts", "growth", "dot",
      "snapshot", "stats", "bind", "close",
    },
  },
  pool = {
    functions = { "new", "as_completed", "register", "cpus", "is_error" },
    maker = "new{workers = 1}",
    make = function(module) return module.new({ workers = 1 }) end,
    methods = { "submit", "map", "imap", "stats", "timeline", "shutdown", "close" },
    release = function(pool) pool:close() end,
  },
  fetch = {
    functions = {
      "get", "head", "post", "put", "delete", "request", "all", "each", "session", "is_error",
      "version",
    },
    maker = "session()",
    make = function(module) return module.session() end,
    methods = { "get", "head", "post", "put", "delete", "request", "all", "each", "close" },
    release = function(session) session:close() end,
  },
}

---@class perilune.impl.Choice
---@field name string "script", "native" or a path
---@field module? table of a file, which is loaded when it is chosen

---@type table<string, perilune.impl.Choice>?
local choices

---@type string?
local given

local function lacking(value, names)
  for _, name in ipairs(names) do
    if type(value[name]) ~= "function" then return name end
  end
end

-- Returns nil when the module has the core's interface, else what is wrong.
local function fault_of(core, module)
  local interface = interfaces[core]
  if type(module) ~= "table" then
    return ("returned a %s, not a table of functions"):format(type(module))
  end
  local missing = lacking(module, interface.functions)
  if missing then return ("lacks the function '%s'"):format(missing) end
  local ok, object = pcall(interface.make, module)
  if not ok then return ("%s failed: %s"):format(interface.maker, object) end
  ok, missing = pcall(lacking, object, interface.methods)
  if not ok then return interface.maker .. " did not return an object" end
  if missing then return ("lacks the method '%s'"):format(missing) end
  if not interface.release then return nil end
  ok, object = pcall(interface.release, object)
  if not ok then return ("close() failed: %s"):format(object) end
end

-- Returns the choice, or nil and what is wrong.
local function load_file(core, path)
  local chunk, message = loadfile(path)
  if not chunk then return nil, message end
  local ok, module = pcall(chunk)
  if not ok then return nil, ("cannot load %s: %s"):format(path, module) end
  local fault = fault_of(core, module)
  if fault then return nil, ("%s is no implementation of %s: it %s"):format(path, core, fault) end
  return { name = path, module = module }
end

local function choose(core, name)
  if name == "script" or name == "native" then return { name = name } end
  if name:find("[./]") then return load_file(core, name) end
  return nil, ("unknown implementation '%s' of %s: script, native or a Lua file"):format(name, core)
end

local function choose_all(name)
  if name ~= "script" and name ~= "native" then
    return nil, ("unknown implementation '%s': script, native, or CORE=%s"):format(name, name)
  end
  local chosen = {}
  for _, core in ipairs(impl.cores) do
    chosen[core] = { name = name }
  end
  return chosen
end

-- Returns the choices that one entry of a list makes, or nil and what is wrong.
local function parse_entry(entry)
  local core, name = entry:match("^([^=]*)=(.*)$")
  if not core then return choose_all(entry) end
  if not interfaces[core] then
    return nil, ("unknown core '%s' (there is: %s)"):format(core, table.concat(impl.cores, ", "))
  end
  local choice, message = choose(core, name)
  if not choice then return nil, message end
  return { [core] = choice }
end

local function parse(spec)
  local chosen = {}
  for entry in (spec .. ","):gmatch("%s*(.-)%s*,") do
    local some, message = parse_entry(entry)
    if not some then return nil, message end
    for core, choice in pairs(some) do
      chosen[core] = choice
    end
  end
  return chosen
end

-- The environment's choice, parsed when it is first needed.
local function current()
  if not choices then
    local message
    choices, message = parse(os.getenv("PERILUNE_IMPL") or "native")
    if not choices then error("PERILUNE_IMPL: " .. message, 0) end
  end
  return choices
end

--- Chooses. What `require` has loaded already stays in use where it is; the next `require` of the
--- core gives the new choice. When something is wrong, nothing changes.
---@param spec string
---@return true?
---@return string? message one line that names what is wrong
function impl.set(spec)
  local chosen, message = parse(spec)
  if not chosen then return nil, message end
  choices, given = chosen, spec
  for _, core in ipairs(impl.cores) do
    package.loaded["perilune." .. core] = nil
  end
  return true
end

--- What `set` was last given, or nil: then the environment decides, here and in processes that
--- this one starts.
---@return string?
function impl.given()
  return given
end

local function check_core(core)
  if not interfaces[core] then error(("unknown core '%s'"):format(tostring(core)), 3) end
end

--- Raises an error when PERILUNE_IMPL is needed and wrong.
---@param core string
---@return string name "native", "script" or the file's path
function impl.chosen(core)
  check_core(core)
  local choice = current()[core]
  return choice and choice.name or "native"
end

--- The chosen implementation of a core. Raises an error when PERILUNE_IMPL is needed and wrong.
---@param core string
---@return table module
function impl.load(core)
  check_core(core)
  local choice = current()[core]
  if choice and choice.module then return choice.module end
  return require(("perilune.%s.%s"):format(impl.chosen(core), core))
end

return impl
