--- Prime factors of many numbers, one after another and by several processes at once; bodies of
--- many URLs, one by one and with many requests in flight.

local fetch = require("perilune.fetch")
local pool = require("perilune.pool")
local compute_prime_factors = require("naive").compute_prime_factors

---@param numbers integer[]
---@return integer[][]
local function factor_all(numbers)
  local list = {}
  for i, n in ipairs(numbers) do
    list[i] = compute_prime_factors(n)
  end
  return list
end

--- The pool hands a number to whichever worker has nothing to do, so it does not matter that some
--- take ten times as long as others. At the end of the block its processes end.
---@param numbers integer[]
---@param workers integer
---@return integer[][]
local function factor_all_pooled(numbers, workers)
  local p <close> = assert(pool.new({ workers = workers }))
  return p:map(compute_prime_factors, numbers)
end

--- What a list holds of a URL: its body, or false where no 2xx answer came.
local function body_of(result)
  return result.ok and result.body
end

---@param urls string[]
---@return (string|false)[]
local function fetch_all(urls)
  local list = {}
  for i, url in ipairs(urls) do
    list[i] = body_of(fetch.get(url))
  end
  return list
end

--- As soon as an answer is there, the next request goes out. This process waits for all of them
--- together; that takes no processor, so it takes no pool.
---@param urls string[]
---@param in_flight integer
---@return (string|false)[]
local function fetch_all_concurrent(urls, in_flight)
  local list = {}
  for i, result in ipairs(fetch.all(urls, { concurrency = in_flight })) do
    list[i] = body_of(result)
  end
  return list
end

return {
  factor_all = factor_all,
  factor_all_pooled = factor_all_pooled,
  fetch_all = fetch_all,
  fetch_all_concurrent = fetch_all_concurrent,
}
