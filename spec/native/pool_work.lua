--- Tasks of the native pool's specs: what goes wrong in workers.
local work = {}

function work.echo(...) return ... end

--- A sign for the process that waits for it; written in one go.
function work.sign(path, text)
  local file <close> = assert(io.open(path .. ".new", "w"))
  file:write(text or "here", "\n")
  file:close()
  assert(os.rename(path .. ".new", path))
end

--- Works on without end.
function work.endless(path)
  if path then work.sign(path) end
  while true do end
end

--- The process that a task is in.
function work.pid()
  return math.tointeger(require("luv").os_getpid())
end

--- Fails with its worker so many times, counted in a file; then gives how often it was tried.
function work.die(path, times)
  local file <close> = assert(io.open(path, "a+"))
  file:write("x")
  file:flush()
  file:seek("set")
  local tries = #file:read("a")
  if tries <= times then os.execute("kill -9 $PPID") end
  return tries
end

--- A long result, after a sign.
function work.sign_and_return(path, size)
  local text = ("x"):rep(size)
  work.sign(path)
  return text
end

--- A long result that holds frames of results and failures of tasks 1 to 4, of no size.
function work.sign_and_mimic(path)
  local frames = {}
  for i = 1, 4 do frames[i] = ("<I4I4I8I4I4I8"):pack(0, 6 + i % 2 * 2, 0, i, 0, 1) end
  local text = table.concat(frames):rep(1 << 13)
  work.sign(path)
  return text
end

--- Names of this process's descriptors, "number -> what it is", with those of the listing.
function work.descriptors()
  local list = {}
  local pipe <close> = io.popen("ls -l /proc/$PPID/fd")
  for line in pipe:lines() do
    local number, what = line:match("(%d+) %-> (.*)")
    if number then list[tonumber(number)] = what end
  end
  return list
end

return work
