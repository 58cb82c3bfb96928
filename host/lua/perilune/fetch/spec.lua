--- What a request is, beyond its URL. Requests that have the same options share one.

local encode = require("perilune.fetch.encode")
local engine = require("perilune.native.fetch.engine")
local options = require("perilune.fetch.options")
local resolve = require("perilune.fetch.resolve")

local spec = {}

---@class perilune.fetch.Spec
---@field method string
---@field plan userdata the engine's
---@field query string encoded
---@field path? string
---@field on_data? fun(bytes: string, url: string)
---@field retries integer
---@field retry_delay number

local MOST <const> = 900 << 10 -- bytes of headers; libcurl sends no more than 1 MiB at once
local TOKEN <const> = "^[%w!#$%%&'*+%-.^_`|~]+$" -- RFC 9110, 5.6.2

-- The body and its type, and what is wrong. Without a body nothing.
local function body_of(all)
  local n = (all.body and 1 or 0) + (all.form and 1 or 0) + (all.json ~= nil and 1 or 0)
  if n > 1 then return nil, nil, "options body, form, json: one of them at most" end
  if all.form then return encode.form(all.form), "application/x-www-form-urlencoded" end
  if all.json == nil then return all.body end
  local ok, text = pcall(require("dkjson").encode, all.json)
  if not ok or not text then return nil, nil, "option json: it cannot be written as JSON" end
  return text, "application/json"
end

-- A length that is not the body's would have the server take another request's bytes for it.
local function bad_header(name, value, body)
  if type(name) ~= "string" or not name:find(TOKEN) then
    return ("option headers: %q is no name of a header"):format(tostring(name))
  elseif not options.is_scalar(value) then
    return ("option headers: %s: a string, number or boolean expected, got %s"):format(name,
      type(value))
  elseif tostring(value):find("[\r\n\0]") then
    return ("option headers: %s: a line break or a zero byte in it"):format(name)
  elseif name:lower() == "content-length" and tostring(value) ~= tostring(#(body or "")) then
    return ("option headers: %s: the body has another length"):format(name)
  end
end

-- libcurl's way to tell an empty header from one that is not to be sent.
local function line(name, value)
  local text = tostring(value)
  return text == "" and name .. ";" or name .. ": " .. text
end

-- The lines that go out; or nil and what is wrong. libcurl would wait for 100 Continue before it
-- sends a large body, and guess at a body's type. What it accepts it would write for each request
-- anew, which took a sixteenth of all its work.
local function lines_of(given, compression, body, content_type)
  local lines, seen, size = {}, {}, 0
  for name, values in pairs(given) do
    for _, value in ipairs(type(values) == "table" and values or { values }) do
      local problem = bad_header(name, value, body)
      if problem then return nil, problem end
      lines[#lines + 1] = line(name, value)
      size = size + #lines[#lines]
    end
    seen[tostring(name):lower()] = true
  end
  if size > MOST then return nil, "option headers: they are longer than 900 KiB" end
  local encodings = compression and not seen["accept-encoding"] and engine.encodings()
  if encodings then lines[#lines + 1] = "Accept-Encoding: " .. encodings end
  if body and not seen.expect then lines[#lines + 1] = "Expect:" end
  if body and not seen["content-type"] then
    lines[#lines + 1] = "Content-Type:" .. (content_type and " " .. content_type or "")
  end
  return lines
end

-- What is left for the engine.
local function settings_of(all, lines)
  local settings = {
    headers = lines, follow = all.max_redirects > 0, max_redirects = all.max_redirects,
    compression = all.compression and "" or nil,
  }
  for name, value in pairs(all) do
    local is_ours = options.request[name] or options.batch[name] or options.session[name]
    if not is_ours then settings[name] = value end
  end
  if all.bearer then settings.auth = all.auth or "bearer" end
  if all.cookies then settings.cookie_file = all.cookie_file or "" end
  if all.cookie_jar then settings.cookie_file = all.cookie_file or all.cookie_jar end
  if all.resolve then settings.connect_to = resolve.lines(all.connect_to, all.resolve) end
  return settings
end

local function most_of(all)
  local is_kept = not (all.path or all.on_data)
  return all.max_bytes or is_kept and options.most or math.maxinteger
end

local function is_same(one, other)
  if type(one) ~= "table" or type(other) ~= "table" then return one == other end
  for key, value in pairs(one) do
    if not is_same(value, other[key]) then return false end
  end
  for key in pairs(other) do
    if one[key] == nil then return false end
  end
  return true
end

-- The engine's plan; the one that was made before, if it is for the same.
local function plan_of(recent, method, body, most, streams, settings)
  local asked = { method, body or false, most, streams, settings }
  if recent.plan and is_same(asked, recent.asked) then return recent.plan end
  local plan, problem = engine.plan(method, body, most, streams, settings)
  if plan then recent.plan, recent.asked = plan, asked end
  return plan, problem
end

local function make(method, all, recent)
  if all.path and all.on_data then return nil, "options path, on_data: one of them at most" end
  local body, content_type, problem = body_of(all)
  if problem then return nil, problem end
  local lines, plan
  lines, problem = lines_of(all.headers or {}, all.compression, body, content_type)
  if not lines then return nil, problem end
  plan, problem = plan_of(recent, method, body, most_of(all), all.on_data ~= nil,
    settings_of(all, lines))
  if not plan then return nil, problem end
  return {
    method = method, plan = plan, query = encode.fields(all.query or {}), path = all.path,
    on_data = all.on_data, retries = all.retries, retry_delay = all.retry_delay,
  }
end

---@param method string
---@param defaults table
---@param given? table
---@param recent? table keeps what specs that are alike may share
---@return perilune.fetch.Spec?
---@return string? problem
function spec.new(method, defaults, given, recent)
  local problem = given ~= nil and
    (options.problem(given, options.request) or options.stranger(given))
  if problem then return nil, problem end
  return make(method, options.merge(defaults, given), recent or {})
end

--- A method's name as it is sent.
---@param method any
---@return string?
function spec.method(method)
  return type(method) == "string" and method:find(TOKEN) and method:upper() or nil
end

return spec
