--- The native modules where Lua's stack is nearly full: what they do is right, or they raise an
--- error that says so.
local graph = require("perilune.native.graph")
local hashset = require("perilune.native.hashset")
local message = require("perilune.native.message")

local MOST <const> = 1000000 -- LUAI_MAXSTACK
local LEFT <const>, STEP <const> = 144, 12 -- places, down to none

-- What fn gives where so few places are left: as pcall has it.
local function call_near_end(fn, left)
  local result = { false, "stack overflow" }
  local function call() result = table.pack(pcall(fn)) end
  coroutine.resume(coroutine.create(function()
    local function fill(...) -- luacheck: ignore 212
      call()
    end
    fill(table.unpack({}, 1, MOST - left))
  end))
  return table.unpack(result, 1, 2)
end

local list, texts = {}, {}
for i = 1, 200 do list[i], texts[i] = i * 7, "text " .. i end

describe("where the stack is nearly full,", function()
  local g = graph.new({ auto = false })

  local calls = {
    ["a set of integers"] = { 200, function() return #hashset.new(list) end },
    ["a set of texts"] = { 200, function() return #hashset.new(texts) end },
    ["a message"] = { true, function()
      return #message.encode({ 1, { 2, { 3, { list } } }, x = texts }) > 2000
    end },
    ["a collection"] = { 2, function()
      local ids = g:nodes(2)
      g:link(ids[1], ids[2])
      g:link(ids[2], ids[1])
      g:release_all(ids)
      return g:collect().freed
    end },
  }

  for name, case in pairs(calls) do
    it(name .. " is made, or an error raised", function()
      local right, wrong = 0, 0
      for left = LEFT, 0, -STEP do
        local ok, result = call_near_end(case[2], left)
        if ok then
          assert.equal(case[1], result)
          right = right + 1
        else
          assert.matches("stack", result)
          wrong = wrong + 1
        end
      end
      assert.is_true(right > 0 and wrong > 0)
      assert.equal(case[1], case[2]())
    end)
  end
end)
