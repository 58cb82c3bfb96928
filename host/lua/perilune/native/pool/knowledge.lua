--- What the workers of a native pool know: paths, globals to miss, `init`, and the functions of
--- tasks. Each worker is told the same, in the same order, whenever it was started.

local impl = require("perilune.impl")
local setup = require("perilune.native.pool.setup")
local slots = require("perilune.native.pool.slots")

local GLOBALS <const> = _ENV

local knowledge = {}

---@class perilune.native.pool.Definition
---@field id integer
---@field sheet userdata the function as it was when it was first handed in
---@field forgotten integer[] to which its id is added when nobody can hand it in any more

-- What every Lua state has.
local standard = {}
for name in ([[
  _G _VERSION assert collectgarbage coroutine debug dofile error getmetatable io ipairs load
  loadfile math next os package pairs pcall print rawequal rawget rawlen rawset require select
  setmetatable string table tonumber tostring type utf8 warn xpcall]]):gmatch("%S+") do
  standard[name] = true
end

local function names_of_globals(known)
  local names, count = {}, 0
  for name in next, GLOBALS do
    if type(name) == "string" and not standard[name] and not known[name] then
      names[name], known[name], count = true, true, count + 1
    end
  end
  return names, count
end

-- Local: what is a module's goes by name, and the worker does not know where to find that yet.
local function set_paths(path, cpath)
  package.path, package.cpath = path, cpath
end

-- Sheets of what each worker calls first. Those for globals that have come since are added.
---@param init? function
---@return true?
---@return string? refusal
function knowledge.begin(self, init)
  self.globals, self.ids, self.forgotten = {}, 0, {}
  self.defs = setmetatable({}, { __mode = "k" })
  local pack, names = self.crew.pack, names_of_globals(self.globals)
  local calls, refusal = {
    pack(self.crew, "setup", set_paths, package.path, package.cpath),
    pack(self.crew, "setup", setup.begin, impl.given(), names),
  }, nil
  if init then calls[3], refusal = pack(self.crew, "init", init) end
  if refusal then return nil, (refusal:gsub("^init 1", "init")) end
  self.calls = calls
  return true
end

local Definition = {}

function Definition:__gc()
  local forgotten = self.forgotten
  forgotten[#forgotten + 1] = self.id
end

-- Tells workers, old and new, of globals that the program has got since.
local function note_globals(self)
  local names, count = names_of_globals(self.globals)
  if count == 0 then return end
  self.calls[#self.calls + 1] = self.crew:pack("setup", setup.miss, names)
end

--- The function as it is when it is first handed in; or nil and why it cannot be sent.
---@return perilune.native.pool.Definition?
---@return string?
function knowledge.define(self, fn)
  local def = self.defs[fn]
  if def then return def end
  local sheet, refusal = self.crew:pack("function", fn)
  if not sheet then return nil, (refusal:gsub("^function 1", "function")) end
  note_globals(self)
  self.ids = self.ids + 1
  def = setmetatable({ id = self.ids, sheet = sheet, forgotten = self.forgotten }, Definition)
  self.defs[fn] = def
  return def
end

local function tell_of(self, slot, count)
  while slot.told < count do
    if not self.crew:send(slot.number, slots.CALL, 0, 0, 0, self.calls[slot.told + 1]) then
      return false
    end
    slot.told = slot.told + 1
  end
  return true
end

-- A recording has `init`, too; it needs the paths before.
local function tell(self, slot)
  return tell_of(self, slot, 1) and self.reports:tell(slot) and tell_of(self, slot, #self.calls)
end

--- Makes a worker know a function. False: there is no room now.
function knowledge.teach(self, slot, def)
  if slot.known[def.id] then return true end
  if not tell(self, slot) then return false end
  if not self.crew:send(slot.number, slots.DEFINE, def.id, 0, 0, def.sheet) then return false end
  slot.known[def.id] = true
  return true
end

-- Whether every worker that knew the function has been told to forget it.
local function forget(self, id)
  local all = true
  for _, slot in ipairs(self.slots) do
    if slot.alive and slot.known[id] then
      local sent = self.crew:send(slot.number, slots.FORGET, id, 0, 0)
      slot.known[id] = not sent or nil
      all = all and sent
    end
  end
  return all
end

--- Tells workers which functions they need not keep.
function knowledge.forget(self)
  local forgotten = self.forgotten
  for i = #forgotten, 1, -1 do
    if forget(self, forgotten[i]) then table.remove(forgotten, i) end
  end
end

return knowledge
