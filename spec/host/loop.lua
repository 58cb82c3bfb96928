--- What stands on luv's loop, for specs that must leave it as it was:
--- `before_each(loop.remember) after_each(loop.check)`; and what runs on it.
local assert = require("luassert")
local async = require("perilune.async")
local blame = require("spec.contract.blame")
local uv = require("luv")

local loop = {}

-- Handles that there are, and how many of them are active.
local function handles()
  local counts = { all = 0, active = 0 }
  uv.walk(function(handle)
    counts.all = counts.all + 1
    if uv.is_active(handle) then counts.active = counts.active + 1 end
  end)
  return counts
end

local before

async.run(async.sleep, 0.001) -- makes the one handle that async keeps

function loop.remember() before = handles() end

function loop.check() assert.same(before, handles()) end

--- Runs main with a list, to which it adds, and returns the list.
function loop.listed(main)
  local list = {}
  async.run(main, list)
  return list
end

--- The code of the Error that the call must raise.
function loop.code_of(fn, ...)
  local value = blame.message(fn, ...)
  assert.is_true(async.is_error(value))
  return value.code
end

return loop
