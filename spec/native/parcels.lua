--- Parcels there and back.
local message = require("perilune.native.message")
local assert = require("luassert")

local parcels = {}

--- What comes out of a parcel with these values.
function parcels.sent(...)
  local bytes = assert(message.pack(...))
  local results = table.pack(message.unpack(bytes))
  assert(results[1], results[2])
  return table.unpack(results, 2, results.n)
end

--- Why these values cannot be sent.
function parcels.refusal(...)
  local bytes, text, code = message.pack(...)
  assert.is_nil(bytes)
  assert.are.equal("data", code)
  return text
end

--- What is wrong with the bytes.
function parcels.fault(...)
  local ok, text, code = message.unpack(...)
  assert.is_nil(ok)
  assert.are.equal("data", code)
  return text
end

--- Calls fn(module) while package.loaded[name] is the module; then forgets it.
function parcels.with_module(name, module, fn)
  package.loaded[name] = module
  local ok, problem = pcall(fn, module)
  package.loaded[name], package.preload[name] = nil, nil
  assert(ok, problem)
end

--- A name that no other metatable is registered under.
function parcels.name_of(metatable)
  return ("spec.%p"):format(metatable)
end

return parcels
