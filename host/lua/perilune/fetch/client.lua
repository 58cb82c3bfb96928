--- The interface of both versions, which differ in how they make many requests: a function
---
---     many(session, items, settings) -> an object with next() -> result or nil, and close()

local arguments = require("perilune.arguments")
local engine = require("perilune.native.fetch.engine")
local failure = require("perilune.fetch.failure")
local items = require("perilune.fetch.items")
local native = require("perilune.native.fetch.session")
local options = require("perilune.fetch.options")
local progress = require("perilune.fetch.progress")
local result = require("perilune.fetch.result")
local spec = require("perilune.fetch.spec")

local NAME <const> = "perilune.fetch.Session"
local METHODS <const> = { "get", "head", "post", "put", "patch", "delete" }

local client = {}

-- Level 3: the caller of the method that calls this function.
local function bad(place, name, problem, level)
  error(("bad argument #%d to '%s' (%s)"):format(place, name, problem), level or 3)
end

local function check_self(self, Session, name)
  if debug.getmetatable(self) ~= Session then
    arguments.refuse_self(name, NAME, self)
  elseif self.closed then
    error(("calling '%s' on bad self (the session is closed)"):format(name), 3)
  end
end

local function check_url(name, place, url)
  if type(url) ~= "string" then bad(place, name, "string expected, got " .. type(url), 4) end
end

-- The session's engine; in a process that was forked from its own a new one.
local function open(self)
  if self.opened and self.opened.engine:owned() then return self.opened end
  local opened, message, code = native.new(self.defaults.cookies or false)
  self.opened = opened
  return opened, message, code
end

local function perform(self, url, made, given)
  local opened, message, code = open(self)
  if not opened then return result.failed(url, code, message) end
  local shown <close> = given and progress.of_one(given)
  return opened:perform(url, made, shown)
end

-- What a request is, of its options: not how its progress is shown. Or nil and what is wrong.
local function without_shown(given)
  if type(given) ~= "table" or given.on_progress == nil and given.progress == nil then
    return given
  end
  local problem = options.problem(given, options.shown)
  if problem then return nil, problem end
  local rest = {}
  for name, value in pairs(given) do rest[name] = value end
  rest.on_progress, rest.progress = nil, nil
  return rest
end

-- Requests without options of their own share one spec for each method.
local function spec_of(self, method, given)
  if given ~= nil then
    local rest, problem = without_shown(given)
    if rest == nil then return nil, problem end
    return spec.new(method, self.defaults, rest)
  end
  if not self.plain[method] then
    local made, problem = spec.new(method, self.defaults)
    if not made then return nil, problem end
    self.plain[method] = made
  end
  return self.plain[method]
end

local function define_methods(Session)
  for _, name in ipairs(METHODS) do
    local method = name:upper()
    Session[name] = function(self, url, given)
      check_self(self, Session, name)
      check_url(name, 1, url)
      local made, problem = spec_of(self, method, given)
      if not made then bad(2, name, problem) end
      return perform(self, url, made, given)
    end
  end

  function Session:request(method, url, given)
    check_self(self, Session, "request")
    local upper = spec.method(method)
    if not upper then bad(1, "request", "a method's name expected") end
    check_url("request", 2, url)
    local made, problem = spec_of(self, upper, given)
    if not made then bad(3, "request", problem) end
    return perform(self, url, made, given)
  end
end

-- What several requests are told: settings of the batch, the spec of items that are strings, the
-- defaults of others; or nil and what is wrong.
local function read_batch(self, given)
  local problem = given ~= nil and options.problem(given, options.request, options.batch)
  if problem then return nil, problem end
  if given and given.path then return nil, "option path: each item needs its own" end
  local all = options.merge(self.defaults, given)
  local common
  common, problem = spec.new("GET", all)
  if not common then return nil, problem end
  return all, common
end

local function begin(self, many, name, source, given)
  local is_list = type(source) == "table"
  if not is_list and type(source) ~= "function" then
    bad(1, name, "list or iterator of URLs expected, got " .. type(source), 4)
  end
  local settings, common = read_batch(self, given)
  if not settings then bad(2, name, common, 4) end
  local each = items.iterate(source, common, settings, name)
  local total = is_list and (source.n or #source) or nil
  local opened, message = open(self)
  if not opened then error(message, 4) end
  return many(opened, each, settings), progress.new(settings, total)
end

local function define_many(Session, many)
  function Session:all(urls, given)
    check_self(self, Session, "all")
    local opened, bar = begin(self, many, "all", urls, given)
    local batch <close>, results = opened, { n = 0 }
    local shown <close> = bar
    for each in batch.next, batch do
      results[each.index] = each
      results.n = results.n + 1
      if shown then shown:add(each) end
    end
    return results
  end

  function Session:each(urls, given)
    check_self(self, Session, "each")
    local batch, shown = begin(self, many, "each", urls, given)
    local guard = setmetatable({}, { __close = function()
      batch:close()
      if shown then shown:close() end
    end })
    local function next_result()
      local each = batch:next()
      if not shown then return each end
      if each then shown:add(each) else shown:close() end
      return each
    end
    return next_result, nil, nil, guard
  end
end

-- Calls of the module's functions are those of a session that lasts.
local function define_functions(module, Session, new)
  local default
  local function shared()
    default = default or new({})
    return default
  end
  local function define(name)
    module[name] = function(...) return Session[name](shared(), ...) end
  end
  for _, name in ipairs(METHODS) do define(name) end
  for _, name in ipairs { "request", "all", "each" } do define(name) end
end

--- A version's module.
---@param many fun(session: perilune.native.fetch.Session, items: function, settings: table): table
---@return table
function client.new(many)
  local Session = { __name = NAME }
  Session.__index = Session
  define_methods(Session)
  define_many(Session, many)

  function Session:close()
    if self.opened then self.opened:close() end
    self.opened, self.closed = nil, true
  end
  Session.__close = Session.close

  local function new(given)
    return setmetatable({ defaults = options.merge(options.defaults, given), plain = {} }, Session)
  end

  local module = { version = engine.version, is_error = failure.is_error }
  define_functions(module, Session, new)

  function module.session(given)
    local problem = given ~= nil and
      options.problem(given, options.request, options.batch, options.session)
    if not problem and given and given.path then
      problem = "option path: each request needs its own"
    end
    local made = not problem and new(given)
    if made then
      local _, wrong = spec_of(made, "GET")
      problem = wrong
    end
    if problem then bad(1, "session", problem) end
    return made
  end

  return module
end

return client
