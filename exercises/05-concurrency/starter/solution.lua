--- Prime factors of many numbers, one after another and by several processes at once; bodies of
--- many URLs, one by one and with many requests in flight.

local compute_prime_factors = require("naive").compute_prime_factors -- luacheck: ignore 211

--- In this process, one number after another, with compute_prime_factors.
---@param numbers integer[]
---@return integer[][] factors of each number, in the order of the numbers
local function factor_all(numbers)
  error(("factor_all is not written yet: %d numbers are waiting"):format(#numbers))
end

--- The same by worker processes: a pool of "perilune.pool".
---@param numbers integer[]
---@param workers integer how many processes
---@return integer[][] factors of each number, in the order of the numbers
local function factor_all_pooled(numbers, workers)
  error(("factor_all_pooled is not written yet: %d numbers are waiting for %d workers"):format(
    #numbers, workers))
end

--- In this process, one URL after another, with "perilune.fetch".
---@param urls string[]
---@return (string|false)[] bodies in the order of the URLs; false where no 2xx answer came
local function fetch_all(urls)
  error(("fetch_all is not written yet: %d URLs are waiting"):format(#urls))
end

--- The same with several requests in flight at once, still in this process.
---@param urls string[]
---@param in_flight integer how many requests at once, and no more
---@return (string|false)[] bodies in the order of the URLs; false where no 2xx answer came
local function fetch_all_concurrent(urls, in_flight)
  error(("fetch_all_concurrent is not written yet: %d URLs are waiting, %d at once"):format(
    #urls, in_flight))
end

return {
  factor_all = factor_all,
  factor_all_pooled = factor_all_pooled,
  fetch_all = fetch_all,
  fetch_all_concurrent = fetch_all_concurrent,
}
