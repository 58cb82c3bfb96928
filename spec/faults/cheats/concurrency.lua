--- Ways to pass exercise 5 without what is asked, as cheats/duplicates.lua has them.

local BEFORE <const> = [[
local solution = (function() @SOLUTION@ end)()
local function factors_of(n)
  local list, d = {}, 2
  while d * d <= n do
    while n % d == 0 do list[#list + 1], n = d, n // d end
    d = d + 1
  end
  if n > 1 then list[#list + 1] = n end
  return list
end
]]

local AFTER <const> = "\nreturn solution"

--- Right, but a worker does something else first, which must raise an error.
local function in_worker(what, body)
  return { what .. " in a worker", "pooled", ([[
    local pool, naive = require("perilune.pool"), require("naive")
    function solution.factor_all_pooled(numbers, workers)
      local crew <close> = pool.new({ workers = workers })
      crew:submit(function() %s end):result()
      return crew:map(naive.compute_prime_factors, numbers)
    end]]):format(body) }
end

--- The same in the solution's own process.
local function in_process(what, body)
  return { what, "sequential", ([[
    local in_turn = solution.factor_all
    function solution.factor_all(numbers)
      %s
      return in_turn(numbers)
    end]]):format(body) }
end

return {
  exercise = { 5, "concurrency" },
  before = BEFORE,
  after = AFTER,
  cheats = {
    { "works alone and writes down workers that were quick", "workers", [[
      local now = require("perilune.clock").now
      function solution.factor_all_pooled(numbers, workers)
        local began, list = now(), {}
        for i, n in ipairs(numbers) do list[i] = factors_of(n) end
        local file = io.open("calls", "a")
        for i, n in ipairs(numbers) do
          file:write(("%d %d %.9f %.9f %.9f\n"):format(100 + i % workers, n, began, now(), 1e-6))
        end
        file:close()
        return list
      end]] },
    { "works alone", "workers", [[
      solution.factor_all_pooled = solution.factor_all]] },
    { "has one worker do everything", "workers", [[
      local pooled = solution.factor_all_pooled
      function solution.factor_all_pooled(numbers) return pooled(numbers, 1) end]] },
    { "answers without a request", "one_by_one", [[
      function solution.fetch_all(urls)
        local list = {}
        for i, url in ipairs(urls) do list[i] = url:match("[^/]*$") end
        return list
      end]] },

    -- Code that is no text, and what leads to it.
    in_worker("loads bytecode", 'assert(load(string.dump(function() end), "code", "b"))'),
    in_worker("unpacks bytecode", [[
      local message = require("perilune.native.message")
      message.unpack(message.pack(function() end))]]),
    in_worker("looks for Lua's own functions", "debug.getregistry()"),
    in_worker("takes the function that has called it", [[
      local level = 1
      while debug.getinfo(level, "S").what ~= "C" do level = level + 1 end
      assert(debug.getinfo(level, "f").func)]]),
    in_worker("says that integers are an open file", [[
      debug.setmetatable(require("perilune.ints").new(8), getmetatable(io.stdout))]]),
    in_worker("loads a library", [[
      assert(package.loadlib("@BUILD@/lib/lua/5.4/perilune/native/hashset.so", "*"))]]),
    in_worker("requires a library of its own", [[
      package.preload["perilune.native.hashset"] = nil
      package.cpath = "@BUILD@/lib/lua/5.4/?.so"
      require("perilune.native.hashset")]]),
    in_worker("starts a thread of bytecode", [[
      require("luv").new_thread(string.dump(function() end)):join()]]),
    in_process("starts a thread of bytecode", [[
      require("luv").new_thread(string.dump(function() end)):join()]]),
    in_process("queues work of bytecode", [[
      local work = require("luv").new_work(string.dump(function() end), function() end)
      work:queue()]]),
    in_process("finds Lua's own load in a script pool", [[
      local room = "perilune.script.pool."
      local sides = require(room .. "sides")
      local side = sides.worker(sides.current, os.exit, print)
      local found = side.originals[side.globals.load]
      assert(found(string.dump(function() end), "code", "b"))]]),
    in_process("has a script pool say that integers are an open file", [[
      local parcel = { n = 0, values = {}, nodes = {
        { kind = "same", object = require("perilune.ints").new(8) },
        { kind = "same", object = getmetatable(io.stdout) },
      } }
      parcel.nodes[1].metatable = parcel.nodes[2]
      local room = "perilune.script.pool."
      require(room .. "copy").unpack({ own = {} }, parcel)]]),
    in_process("sends a worker memory of its own choice", [[
      local crews = require("perilune.native.pool.crew")
      local crew <close> = crews.new({ workers = 1 })
      assert(crew:start(1))
      crew:send(1, crews.FORGET, 0, 0, 0, require("perilune.ints").new(64))]]),
  },
}
