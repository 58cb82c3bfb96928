--- What the specs of perilune.pool share.
local assert = require("luassert")
local uv = require("luv")

local pools = {}

--- Functions for tasks, new at each call. They are loaded as a program's own file is: what a spec
--- calls its globals is a table of busted's, and what a module returns goes to workers by name.
function pools.tasks()
  return dofile("spec/contract/pool_tasks.lua")
end

local function parent_of(pid)
  local file <close> = io.open("/proc/" .. pid .. "/stat")
  local text = file and file:read("a") or ""
  return text:match("%) %S (%d+)")
end

--- This process's children.
function pools.count_processes()
  local own, n = ("%d"):format(uv.os_getpid()), 0 -- luv gives a float
  for name in uv.fs_scandir_next, assert(uv.fs_scandir("/proc")) do
    if name:find("^%d+$") and parent_of(name) == own then n = n + 1 end
  end
  return n
end

--- No more processes than `before`. One that was killed may be there for a moment.
function pools.assert_none_left(before)
  local deadline = uv.hrtime() + 2e9
  while pools.count_processes() > before and uv.hrtime() < deadline do end
  assert.is_true(pools.count_processes() <= before, "a pool's processes are left")
end

--- The error that the call must raise.
function pools.raised(fn, ...)
  local ok, problem = pcall(fn, ...)
  assert.is_false(ok, "no error was raised")
  return problem
end

local function is_error(value)
  local metatable = debug.getmetatable(value)
  return metatable ~= nil and rawget(metatable, "__name") == "perilune.pool.Error"
end

--- Whether a value is an Error of either version.
pools.is_error = is_error

--- An Error with this code; gives it.
function pools.is_failure(code, problem)
  assert.is_true(is_error(problem), "no Error: " .. tostring(problem))
  assert.equal(code, problem.code)
  return problem
end

--- Tries until a race has gone the way that the function waits for: then it returns true.
function pools.eventually(try)
  for _ = 1, 20 do
    if try() then return end
  end
  error("it never came about", 2)
end

return pools
