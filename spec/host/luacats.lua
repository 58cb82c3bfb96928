--- Reads annotations as strictly as editors' language servers do (LuaCATS): what they would take
--- for something else than was meant is a problem. No such server is packaged for Debian 12 or npm.
local luacats = {}

local function set_of(text)
  local set = {}
  for word in text:gmatch("%a+") do set[word] = true end
  return set
end

local BUILTIN <const> = set_of(
  "any nil boolean string number integer table function thread userdata self")

-- What would be shown as a result's name though it begins a sentence.
local ARTICLES <const> = set_of("a an the of")

local OPERATORS <const> = set_of(
  "add sub mul div mod pow unm idiv band bor bxor bnot shl shr concat len call")

---@class Reader
---@field text string
---@field at integer
---@field used table<string, boolean> types that were named
local Reader = {}
Reader.__index = Reader

local function reader(text, used)
  return setmetatable({ text = text, at = 1, used = used }, Reader)
end

--- What a pattern matches here, after blanks; then it is behind.
function Reader:take(pattern)
  local first, last = self.text:find("^%s*" .. pattern, self.at)
  if not first then return nil end
  local found = self.text:sub(first, last):match("^%s*(.*)$")
  self.at = last + 1
  return found
end

function Reader:need(pattern, what)
  return self:take(pattern) or error(("%s is missing at %q"):format(what, self:rest()), 0)
end

function Reader:rest() return self.text:sub(self.at):match("^%s*(.*)$") end

--- As language servers cut names: dots, hyphens and stars are part of them.
function Reader:name()
  local name = self:take("[%a_][%w_.*-]*")
  if name and name:find("[.*-]$") then error("no name: " .. name, 0) end
  return name
end

function Reader:parameters()
  self:need("%(", "(")
  if self:take("%)") then return end
  repeat
    if not self:take("%.%.%.") then self:need("[%a_][%w_]*%??", "a parameter") end
    if self:take(":") then self:type() end
  until not self:take(",")
  self:need("%)", ")")
end

--- The number of results of a type of functions.
function Reader:results()
  if not self:take(":") then return 0 end
  local count = 0
  repeat
    self:take("[%a_][%w_]*%s*:") -- a name
    if not self:take("%.%.%.") then self:type() end
    count = count + 1
  until not self:take(",")
  return count
end

function Reader:fields()
  if self:take("}") then return end
  repeat
    if self:take("%[") then
      self:type()
      self:need("%]", "]")
    else
      self:need("[%a_][%w_]*%??", "a field")
    end
    self:need(":", ":")
    self:type()
  until not self:take(",")
  self:need("}", "}")
end

function Reader:unit()
  if self:take("fun%f[(]") then
    self:parameters()
    return self:results()
  elseif self:take("{") then
    self:fields()
  elseif self:take("%(") then
    self:type()
    self:need("%)", ")")
  elseif not (self:take('"[^"]*"') or self:take("%-?%d+") or self:take("true%f[^%w_]")
    or self:take("false%f[^%w_]")) then
    local name = self:name() or error(("a type is missing at %q"):format(self:rest()), 0)
    self.used[name] = true
    if self:take("<") then
      repeat self:type() until not self:take(",")
      self:need(">", ">")
    end
  end
end

--- The number of results, where it is a function's type.
function Reader:type()
  local results
  repeat
    results = self:unit()
    while self:take("%[%]") do results = nil end
    self:take("%?")
  until not self:take("|")
  return results
end

local tags = {}

function tags.meta(line) line:need("[%w_.]+", "a name") end

function tags.class(line, file)
  file.defined[line:name()] = true
  if line:take(":") then line:type() end
  return "fields"
end

--- Its types may stand on lines of their own, `---| "a" # what it is`.
function tags.alias(line, file)
  file.defined[line:name()] = true
  if line:rest() ~= "" then line:type() end
end

tags["|"] = function(line)
  line:type()
  if line:rest() ~= "" then line:need("#", "#") end
end

function tags.type(line) return "type", line:type() end

function tags.operator(line)
  local name = line:need("%a+", "an operator")
  if not OPERATORS[name] then error("no operator: " .. name, 0) end
  if line:take("%(") then
    line:type()
    line:need("%)", ")")
  end
  line:need(":", ":")
  line:type()
  return "fields"
end

function tags.field(line)
  if line:take("%[") then
    line:type()
    line:need("%]", "]")
  else
    line:need("[%a_][%w_]*%??", "a field")
  end
  return "fields", line:type()
end

function tags.param(line, _, block)
  local name = line:take("%.%.%.") or line:need("[%a_][%w_]*", "a parameter")
  line:take("%?")
  line:type()
  table.insert(block.parameters, name)
end

tags["return"] = function(line, _, block)
  line:type()
  local name = line:take("%.%.%.") or line:name()
  if ARTICLES[name] then error("a result is named " .. name, 0) end
  if line:take(",") then error("a comma is another result", 0) end
  if block.results == math.huge then error("a result comes after all others", 0) end
  block.results = name == "..." and math.huge or block.results + 1
end

--- A result of nil stands with two more: the message and the code.
local function promises_code(text)
  return text:find("[Ff]ailures?:") or text:find("nil, a? ?message and ")
end

local function add_line(file, block, number, text)
  local tag, rest = text:match("^%-%-%-@(%a+)%s?(.*)$")
  if not tag then tag, rest = text:match("^%-%-%-(|)%s*(.*)$") end
  if not tag then
    block.apart = block.apart or block.fields and text == "---"
    block.text = block.text .. text .. "\n"
    return block.apart or not block.tag or error("text after a tag belongs to what comes next", 0)
  end
  if not tags[tag] then error("no tag: " .. tag, 0) end
  local kind, results = tags[tag](reader(rest, setmetatable({}, {
    __newindex = function(_, name) file.used[name] = file.used[name] or number end,
  })), file, block)
  block.fields = kind == "fields"
  if results and promises_code(block.text) and results < 3 then
    error("no message and code among the results", 0)
  end
  block.tag, block.apart = tag, false
  block.text = kind and "" or block.text
end

local function finish(block, code)
  if block.apart then error("the text above belongs to nothing", 0) end
  local call = code:match("^function [%w_.:]+%((.-)%)")
  if not call then return end
  local names = table.concat(block.parameters, ", ")
  if names ~= call then error(("(%s) is annotated as (%s)"):format(call, names), 0) end
  if promises_code(block.text) and block.results < 3 then
    error("no message and code among the results", 0)
  end
end

local function new_block() return { parameters = {}, results = 0, text = "" } end

--- What is wrong in a stub, a line each; names of types that it defines, and, with their lines,
--- those that it uses.
---@param text string
---@return string[] problems
---@return table<string, boolean> defined
---@return table<string, integer> used
function luacats.check(text)
  local file = { defined = {}, used = {} }
  local problems, block, number = {}, new_block(), 0
  for line in text:gmatch("([^\n]*)\n") do
    number = number + 1
    local comment = line:find("^%-%-%-")
    local ok, problem = pcall(comment and add_line or finish,
      table.unpack(comment and { file, block, number, line } or { block, line }))
    if not ok then problems[#problems + 1] = ("%d: %s: %s"):format(number, problem, line) end
    if not comment then block = new_block() end
  end
  for name in pairs(BUILTIN) do file.used[name] = nil end
  return problems, file.defined, file.used
end

return luacats
