--- What child_spec.lua runs in a child: each function goes right or wrong in its own way.
local solution = { not_a_function = 3 }

local function shell(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  pipe:close()
  return text
end

function solution.add(a, b)
  return a + b
end

function solution.same(...)
  return ...
end

function solution.spin(n)
  for _ = 1, n do
    n = n + 1
  end
end

function solution.spin_outside(n)
  os.execute(("i=0; while [ $i -lt %d ]; do i=$((i+1)); done"):format(n))
end

--- Leaves a process that has worked and goes on to sleep, in a process group of its own.
function solution.spin_aside(n)
  local pipe = assert(io.popen(([[bash -c 'set -m
    (i=0; while [ $i -lt %d ]; do i=$((i+1)); done; echo; exec sleep 54.321) &']]):format(n)))
  pipe:read("l")
end

function solution.loop()
  solution.spin(math.maxinteger)
end

function solution.loop_in_c()
  return (("a"):rep(400)):find((".-"):rep(20) .. "b")
end

function solution.wait()
  os.execute("sleep 100")
end

function solution.boom(what)
  error(what)
end

function solution.exit(status)
  os.exit(status)
end

function solution.fill()
  local list = {}
  for i = 1, math.maxinteger do
    list[i] = i
  end
  return #list
end

function solution.fill_in_coroutine()
  coroutine.wrap(solution.fill)()
end

function solution.print(n)
  io.write(("x"):rep(n))
end

function solution.kill(signal)
  os.execute(("kill -%s $PPID"):format(signal))
end

function solution.closure()
  return { items = { print } }
end

function solution.environment()
  return shell("env")
end

function solution.folder()
  return shell("pwd")
end

function solution.descriptors()
  return shell("ls -l /proc/$$/fd")
end

function solution.input()
  return io.read("a")
end

--- A process of its own that would live on.
function solution.leave(mark)
  os.execute(("(sleep 30; echo > %s) >/dev/null 2>&1 &"):format(mark))
end

function solution.leave_session()
  os.execute("setsid sleep 54.322 >/dev/null 2>&1 &")
end

local events = 0

function solution.watch()
  debug.sethook(function()
    events = events + 1
  end, "crl")
end

function solution.events()
  return events
end

return solution
