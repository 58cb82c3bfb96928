--- Programs that use a native pool, for specs that look at them from outside:
---
---     perilune spec/native/pool_program.lua NAME [ARGUMENT...]
---
--- "ready" is printed when the tasks of those that are to be killed are under way.
package.path = "./?.lua;" .. package.path
local pool = require("perilune.native.pool")
local work = require("spec.native.pool_work")

local programs = {}

local function ready()
  io.stdout:write("ready\n")
  io.stdout:flush()
end

-- Two endless tasks, and more that wait.
local function start_tasks(p)
  local paths = { os.tmpname(), os.tmpname() }
  for i = 1, 2 do p:submit(work.endless, paths[i]) end
  for i = 1, 10 do p:submit(work.echo, i) end
  for i = 1, 2 do
    local text
    repeat
      local file <close> = assert(io.open(paths[i]))
      text = file:read("l")
    until text
    os.remove(paths[i])
  end
  ready()
end

function programs.idle()
  local p <close> = pool.new({ workers = 2 })
  p:map(work.echo, { 1, 2, 3, 4 })
  ready()
  while true do end
end

function programs.busy()
  local p <close> = pool.new({ workers = 2 })
  start_tasks(p)
  p:shutdown()
end

--- In the midst of long values, both ways.
function programs.transfer()
  local p <close> = pool.new({ workers = 2 })
  local text = ("x"):rep(1 << 26)
  ready()
  while true do p:map(work.echo, { text, text }) end
end

local function nest()
  local inner = require("perilune.native.pool").new({ workers = 2 })
  inner:map(math.abs, { -1, -2 })
  io.stdout:write("ready\n")
  io.stdout:flush()
  inner:submit(work.endless):result()
end

function programs.nested()
  local p <close> = pool.new({ workers = 1 })
  p:submit(nest):result()
end

--- Ends with tasks under way.
function programs.script_ends()
  start_tasks(pool.new({ workers = 2 }))
end

function programs.script_fails()
  local p <close> = pool.new({ workers = 2 })
  start_tasks(p)
  error("sorry")
end

--- A variable to be closed would wait for the tasks.
function programs.exits(code, close)
  local p = pool.new({ workers = 2 })
  start_tasks(p)
  os.exit(tonumber(code), close == "close")
end

function programs.is_collected()
  do
    local p = pool.new({ workers = 2 })
    start_tasks(p)
  end
  collectgarbage()
  os.execute("ps -o comm= --ppid $PPID | grep -c pool")
end

--- What the parent prints is printed once.
function programs.prints()
  io.stdout:setvbuf("full")
  io.write("before ")
  local p <close> = pool.new({ workers = 2 })
  io.write("parent ")
  io.flush()
  local function print_one(text) io.write(text, " ") end
  for _ = 1, 3 do p:submit(print_one, "task"):result() end
  p:submit(os.exit, 0, true):error()
  p:submit(print_one, "after"):result()
end

--- Closes descriptors of its worker, then prints.
function programs.closes_output()
  local p <close> = pool.new({ workers = 1 })
  local function close()
    require("luv").fs_close(1)
    print("lost")
    return io.stdout:write("lost") ~= nil
  end
  io.write(tostring(p:submit(close):result()), " ")
  io.write(tostring(p:submit(work.echo, 5):result()), "\n")
end

--- With standard streams closed from outside.
function programs.answers()
  local p <close> = pool.new({ workers = 2 })
  local list = p:map(work.echo, { 1, 2, 3, 4 })
  os.exit(#list == 4 and list[4] == 4 and 42 or 1)
end

--- A finaliser of the parent's writes once.
function programs.finalises(path)
  local object = setmetatable({}, {
    __gc = function()
      local file <close> = assert(io.open(path, "a"))
      file:write("finalised\n")
    end,
  })
  local p <close> = pool.new({ workers = 2 })
  p:map(work.echo, { 1, 2, 3, 4 })
  p:submit(collectgarbage):result()
  p:submit(os.exit, 0, true):error()
  assert(object)
end

--- What the parent has not written yet is written once, whatever tasks do.
function programs.writes(path)
  local file <close> = assert(io.open(path, "w"))
  file:setvbuf("full", 1 << 16)
  file:write("written\n")
  local p <close> = pool.new({ workers = 2 })
  local function flush_all(own)
    local files = {}
    for i = 1, 8 do files[i] = assert(io.open(own .. i, "w")) end
    io.popen("true"):close()
    collectgarbage()
    local n = 0
    for i = 1, 8 do
      files[i]:close()
      n = n + assert(io.open(own .. i)):seek("end")
      os.remove(own .. i)
    end
    return n
  end
  print(p:submit(flush_all, path .. "."):result())
  p:submit(os.exit, 0, true):error()
end

--- How pool.new and tasks fail where the system gives no more.
function programs.is_refused()
  local p, message, code = pool.new({ workers = 4 })
  if not p then
    print("new", code, message)
    return
  end
  for i = 1, 6 do
    local problem = p:submit(work.echo, i):error()
    if problem then
      print("task", problem.code, problem.message)
      break
    end
  end
  p:close()
  print("closed")
end

programs[arg[1]](table.unpack(arg, 2))
