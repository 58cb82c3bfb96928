-- Run it in this folder with `perilune test`. Add cases that could break your version.

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
package.path = here .. "?.lua;" .. package.path
local server, solution, urls = require("server"), require("solution"), require("urls")

local NUMBERS <const> = { 1, 2, 12, 97, 1001, 999966000289 }
local FACTORS <const> = { {}, { 2 }, { 2, 2, 3 }, { 97 }, { 7, 11, 13 }, { 999983, 999983 } }

describe("factor_all", function()
  it("gives the factors of each number, in order", function()
    assert.same(FACTORS, solution.factor_all(NUMBERS))
  end)
end)

describe("factor_all_pooled", function()
  it("gives the same", function()
    local pooled = solution.factor_all_pooled(NUMBERS, 2)
    for i, factors in ipairs(FACTORS) do
      assert.same(factors, pooled[i])
    end
    assert.equal(#NUMBERS, #pooled)
  end)

  it("has nothing to do for no numbers", function()
    assert.equal(0, #solution.factor_all_pooled({}, 2))
  end)
end)

--- Calls a function with a server's URLs, of which the third one fails.
local function fetched(fetch, ...)
  local site <close> = assert(server.start({ latency = 0.01 }))
  local list = urls.list(4, site.url)
  list[3] = site.url .. "status/500"
  return fetch(list, ...), site:requests()
end

local BODIES <const> = { "/moon/1\n", "/moon/2\n", false, "/moon/4\n" }

describe("fetch_all", function()
  it("gives the body of each URL, in order, and false for one that fails", function()
    assert.same(BODIES, (fetched(solution.fetch_all)))
  end)
end)

describe("fetch_all_concurrent", function()
  it("gives the same, with as many requests in flight as it is told", function()
    local bodies, requests = fetched(solution.fetch_all_concurrent, 2)
    assert.same(BODIES, bodies)
    assert.equal(2, server.most(requests))
  end)
end)
