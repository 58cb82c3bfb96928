--- Runs a command under stock lua5.4 and under the built program, side by side.
--- Both are typed as `perilune`, through a folder that holds one link, so their
--- output needs no rewriting but for the addresses in it.
local uv = require("luv")

local NAME <const> = "perilune"
local PATIENCE <const> = 20000 -- milliseconds

---@alias Twin string the folder of the link, first in the command's PATH

---@class Command
---@field name string?
---@field args string[]? arguments of the program
---@field host string[]? those of the built program, where they differ
---@field shell string? a shell command instead, which says `perilune` itself
---@field stdin string?
---@field env table<string, string>?
---@field files table<string, string>? written to the working directory first
---@field cwd string? instead of a fresh working directory
---@field signal string? sent to it when it has written the line `ready`
---@field ours Outcome? what the built program answers, where it differs on purpose

---@class Outcome
---@field code integer
---@field signal integer
---@field stdout string
---@field stderr string

local twin = {
  --- Scripts that both must run alike, in that folder and with that input.
  CORPUS = uv.cwd() .. "/spec/host/corpus",
  STDIN = "first line\n42 words\ncont\nlast line",
}

---@return string[] names of the corpus's scripts, sorted
function twin.corpus()
  local names = {}
  for name in uv.fs_scandir_next, assert(uv.fs_scandir(twin.CORPUS)) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function write(path, content)
  local file = assert(io.open(path, "wb"))
  assert(file:write(content))
  file:close()
end

local function remove(path)
  local listing = uv.fs_scandir(path)
  for name, kind in uv.fs_scandir_next, listing do
    local entry = path .. "/" .. name
    if kind == "directory" then remove(entry) else assert(uv.fs_unlink(entry)) end
  end
  assert(uv.fs_rmdir(path))
end

local function scratch()
  return assert(uv.fs_mkdtemp("/tmp/perilune-twin-XXXXXX"))
end

local function which(name)
  for folder in os.getenv("PATH"):gmatch("[^:]+") do
    local path = folder .. "/" .. name
    if uv.fs_access(path, "x") then return path end
  end
end

local function built()
  local path = os.getenv("PERILUNE") or uv.exepath()
  if path:match("[^/]*$"):find("^lua") then
    return nil, "not run inside the host, and PERILUNE names no program"
  end
  return uv.fs_realpath(path), path .. " is missing"
end

local function link(path)
  local folder = scratch()
  assert(uv.fs_symlink(path, folder .. "/" .. NAME))
  return folder
end

--- lua5.4 and the built program, or why they cannot be compared.
---@return Twin[]? pair
---@return string? why
function twin.pair()
  local stock = which("lua5.4")
  if not stock then return nil, "lua5.4 is not installed" end
  local host, why = built()
  if not host then return nil, why end
  return { link(stock), link(host) }
end

---@param pair Twin[]
function twin.close(pair)
  for _, folder in ipairs(pair) do remove(folder) end
end

local function environment(one, command)
  local env = { "PATH=" .. one .. ":/usr/bin:/bin", "HOME=/", "TERM=dumb", "LC_ALL=C" }
  for _, name in ipairs({ "ASAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE" }) do
    local value = os.getenv(name)
    if value then env[#env + 1] = name .. "=" .. value end
  end
  for name, value in pairs(command.env or {}) do env[#env + 1] = name .. "=" .. value end
  return env
end

--- Calls back with each chunk, and with nil at the end.
local function listen(pipe, receive)
  pipe:read_start(function(failure, chunk)
    assert(not failure, failure)
    if not chunk then pipe:close() end
    receive(chunk)
  end)
end

--- Its input is a file: a pipe to a program that reads nothing would break.
local function input(command, folder)
  if not command.stdin then return nil end
  local path = folder .. ".stdin"
  write(path, command.stdin)
  local descriptor = assert(uv.fs_open(path, "r", 0))
  assert(uv.fs_unlink(path))
  return descriptor
end

local function text_of(chunks)
  return (table.concat(chunks):gsub("0x%x%x%x%x%x%x%x%x+", "0xADDRESS"))
end

local function signal_when_ready(run, pid, signal)
  if run.signalled or not table.concat(run.out):find("ready\n", 1, true) then return end
  run.signalled = true
  uv.kill(pid, signal)
end

--- Starts the program in a process group of its own, which is killed at a deadline.
local function spawn(one, command, args, stdio, cwd, on_exit)
  local deadline, process = uv.new_timer(), nil
  local pid
  process, pid = uv.spawn(command.shell and "/bin/sh" or NAME, {
    args = command.shell and { "-c", command.shell } or args,
    env = environment(one, command),
    stdio = stdio,
    cwd = cwd,
    detached = true,
  }, function(code, signal)
    deadline:close()
    process:close()
    on_exit(code, signal)
  end)
  assert(process, pid)
  uv.update_time() -- the loop's clock stands still while it does not run
  deadline:start(PATIENCE, 0, function() uv.kill(-pid, "sigkill") end)
  return pid
end

--- A run in progress; `pending` counts what has not ended yet.
local function start(one, command, args, folder)
  local run = { out = {}, err = {}, pending = 3 }
  local stdio = { input(command, folder), uv.new_pipe(false), uv.new_pipe(false) }
  local pid = spawn(one, command, args, stdio, command.cwd or folder, function(code, signal)
    run.code, run.signal, run.pending = code, signal, run.pending - 1
  end)
  if stdio[1] then uv.fs_close(stdio[1]) end
  for i, chunks in ipairs({ run.out, run.err }) do
    listen(stdio[i + 1], function(chunk)
      if not chunk then run.pending = run.pending - 1 end
      chunks[#chunks + 1] = chunk
      if command.signal then signal_when_ready(run, pid, command.signal) end
    end)
  end
  return run
end

---@return Outcome
local function finish(run)
  while run.pending > 0 do uv.run("once") end
  return {
    code = run.code,
    signal = run.signal,
    stdout = text_of(run.out),
    stderr = text_of(run.err),
  }
end

local function working_directory(command)
  local folder = scratch()
  for name, content in pairs(command.files or {}) do write(folder .. "/" .. name, content) end
  return folder
end

--- Runs the command in each of the programs, at the same time.
---@param pair Twin[]
---@param command Command
---@return Outcome stock
---@return Outcome host
function twin.run(pair, command)
  local runs, folders, outcomes = {}, {}, {}
  local args = { command.args, command.host or command.args }
  for i, one in ipairs(pair) do
    folders[i] = working_directory(command)
    runs[i] = start(one, command, args[i], folders[i])
  end
  for i, run in ipairs(runs) do
    outcomes[i] = finish(run)
    remove(folders[i])
  end
  return outcomes[1], outcomes[2]
end

return twin
