--- What a pool's processes leave behind: children of this process, theirs, and descriptors.
local assert = require("luassert")
local uv = require("luv")

local processes = {}

--- Looks again until the function gives something, and gives that; an error when it never does.
function processes.await(what, look)
  local deadline = uv.hrtime() + 20e9
  repeat
    local found = look()
    if found then return found end
  until uv.hrtime() > deadline
  error("it never came about: " .. what, 2)
end

local function read(path)
  local file <close> = io.open(path)
  return file and file:read("a")
end

--- Iterates over pid, command, state and parent of all processes.
function processes.all()
  return coroutine.wrap(function()
    for name in uv.fs_scandir_next, assert(uv.fs_scandir("/proc")) do
      local text = name:find("^%d+$") and read("/proc/" .. name .. "/stat")
      local command, state, parent = (text or ""):match("%((.*)%) (%S) (%d+)")
      if parent then coroutine.yield(tonumber(name), command, state, tonumber(parent)) end
    end
  end)
end

--- Children of a process, of this one by default: pids, in order, of those with this command.
---@param command? string
---@param parent? integer
---@return integer[]
function processes.children(command, parent)
  local list = {}
  for pid, name, _, its_parent in processes.all() do
    local is_wanted = command == nil or command == name
    if is_wanted and its_parent == (parent or uv.os_getpid()) then list[#list + 1] = pid end
  end
  table.sort(list)
  return list
end

local function descendants()
  local parents, n = {}, 0
  for pid, _, _, parent in processes.all() do parents[pid] = parent end
  local own = uv.os_getpid()
  for pid in pairs(parents) do
    local above = parents[pid]
    while above and above ~= own do above = parents[above] end
    if above then n = n + 1 end
  end
  return n
end

--- Descriptors that this process has.
function processes.descriptors()
  local n = 0
  for _ in uv.fs_scandir_next, assert(uv.fs_scandir("/proc/self/fd")) do n = n + 1 end
  return n
end

--- Processes, zombies too, whose environment has this mark; a zombie's cannot be read any more.
function processes.marked(mark)
  local list = {}
  for pid, command in processes.all() do
    local environment = read("/proc/" .. pid .. "/environ")
    if environment and environment:find(mark, 1, true) then list[#list + 1] = command end
  end
  return list
end

--- For after_each: nothing is left of what was started since `before`.
function processes.assert_none_left(before)
  processes.await("a pool's processes have gone", function()
    return descendants() <= before.processes
  end)
  assert.equal(before.descriptors, processes.descriptors(), "descriptors")
end

--- For before_each.
function processes.count()
  collectgarbage() -- what is not used any more is not what there was before
  return { processes = descendants(), descriptors = processes.descriptors() }
end

--- A name for a file that is not there; what a task writes there this process sees.
function processes.flag()
  local path = os.tmpname()
  os.remove(path)
  return path
end

--- Waits until a task has written to the file of that name, and gives what.
function processes.await_flag(path)
  local text = processes.await("a task's sign", function()
    local found = read(path)
    return found and found:match("^(.*)\n")
  end)
  os.remove(path)
  return text
end

--- Sends a signal to a worker or a template.
function processes.kill(pid, signal)
  assert.equal(0, uv.kill(pid, signal or "sigkill"))
end

--- Waits until a process is in a state of /proc's: "T" when it is stopped.
function processes.await_state(pid, state)
  processes.await("state " .. state, function()
    return (read("/proc/" .. pid .. "/stat") or ""):match("%) (%S)") == state
  end)
end

--- Waits until a process is in none.
function processes.await_end(pid)
  processes.await("the end of " .. pid, function()
    return (read("/proc/" .. pid .. "/stat") or ") Z"):match("%) (%S)") == "Z"
  end)
end

return processes
