--- What a program in a sandbox might try. Each `run` returns true when it gets through; `without`
--- are the layers that, all left out, let it through. Run by confined.c, which gives `system`.
---
---   root     works for root alone, or (false) for everybody else alone
---   options  of confined.c, which stop it
---   open     no layer alone stops it: nothing is confined in the other run
---   plain    not in a sanitized build
---   alone    changes its process, or may end it
---   rules    stopped as well where there are no namespaces, by Landlock, seccomp and limits;
---            "user": but not as root, who has no user of its own then

local system = require("system")
local uv = require("luv")

local call = system.call

local FILES <const> = { "files", "landlock" }
local SPACES <const> = { "processes", "network", "ipc", "files" }
local SIGCHLD <const> = 17
local EPERM <const>, ENOSYS <const> = 1, 38
local SECRET <const> = "secret"

--- A list with more at its end.
local function with(list, ...)
  return table.move({ ... }, 1, select("#", ...), #list + 1, table.move(list, 1, #list, 1, {}))
end

-- Whoever is reached must be no better protected than who reaches, and in no other user namespace.
local OTHERS <const> = with(SPACES, "landlock", "identity")

local function has(path)
  local file <close> = assert(io.open(path))
  return file:read("a"):sub(1, #SECRET) == SECRET
end

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  return assert(file:write(text)) and assert(file:flush()) and true
end

local function copy(from, to)
  local file <close> = assert(io.open(from, "rb"))
  write(to, file:read("a"))
  assert(uv.fs_chmod(to, tonumber("755", 8)))
  return to
end

--- A name for a new file, that is gone when the function has returned. In /tmp, where a sandbox
--- may write; attacks that are made at the same time may share it.
local function fresh(fn)
  local path = ("/tmp/perilune-attack-%d-%x"):format(uv.os_getpid(), uv.hrtime())
  local ok, result = pcall(fn, path)
  os.remove(path)
  return ok and result or error(result, 0)
end

--- A system call that succeeds.
local function gets(number, ...)
  local result, message = call(number, ...)
  return result and result >= 0 or error(message, 0)
end

--- A system call that the filter does not refuse: another error is the kernel's own.
local function passes(refusal, number, ...)
  local _, message, errno = call(number, ...)
  return errno ~= refusal or error(message, 0)
end

local function exit(code) call(system.exit_group, code) end

--- The exit code of a function's own process.
local function fork(fn)
  local pid = assert(call(system.clone, SIGCHLD))
  if pid == 0 then exit(pcall(fn) and 0 or 1) end
  local status = system.buffer(("\0"):rep(4))
  assert(call(system.wait4, pid, status, 0))
  return string.unpack("i4", system.bytes(status))
end

local function sleep(seconds)
  local whole = math.floor(seconds)
  call(system.nanosleep, string.pack("jj", whole, math.floor((seconds - whole) * 1e9)))
end

--- A C array of pointers to strings, with NULL at its end; and what it points to.
local function pointers(...)
  local strings, addresses = { ... }, {}
  for i, text in ipairs(strings) do
    strings[i] = system.buffer(text .. "\0")
    addresses[i] = string.pack("j", system.address(strings[i]))
  end
  return system.buffer(table.concat(addresses) .. string.pack("j", 0)), strings
end

local AF_UNIX <const>, AF_INET <const>, AF_NETLINK <const>, AF_PACKET <const> = 1, 2, 16, 17
local STREAM <const>, DGRAM <const>, RAW <const> = 1, 2, 3

local function inet(port)
  return string.pack("=I2>I2I4", AF_INET, port, 0x7f000001) .. ("\0"):rep(8)
end

local function connect(family, kind, address)
  local fd = assert(call(system.socket, family, kind, 0))
  return gets(system.connect, fd, address, #address)
end

local NEWUSER <const>, NEWNS <const> = 0x10000000, 0x20000
local CLONE_ARGS <const> = string.pack("I8I8I8I8I8I8I8I8", NEWUSER, 0, 0, 0, SIGCHLD, 0, 0, 0)

---@class Around
---@field folder string   secret (the user's), open/ (everybody's), data/ (to read), data/hidden
---@field victim integer  a process of the same user, which leads its group
---@field port integer    where somebody listens; for UDP too
---@field abstract string the name of such a socket
---@field segment integer System V memory of the same user

return {
  -- files
  { name = "reads a file outside", without = FILES, rules = true,
    run = function(a) return has(a.folder .. "/secret") end },
  { name = "reads it by a way up from the root", without = FILES, rules = true,
    run = function(a) return has("/../../.." .. a.folder .. "/secret") end },
  { name = "reads it by /proc/self/root", without = FILES, rules = true,
    run = function(a) return has("/proc/self/root" .. a.folder .. "/secret") end },
  { name = "reads it by a program that it starts", without = FILES, rules = true,
    run = function(a)
      local pipe <close> = assert(io.popen("cat " .. a.folder .. "/secret 2>&1"))
      return pipe:read("a"):sub(1, #SECRET) == SECRET
    end },
  { name = "reads it by a symbolic link", without = FILES, rules = true,
    run = function(a)
      return fresh(function(path)
        return assert(uv.fs_symlink(a.folder .. "/secret", path)) and has(path)
      end)
    end },
  { name = "reads it by a hard link", without = FILES, rules = true,
    run = function(a)
      return fresh(function(path)
        return assert(uv.fs_link(a.folder .. "/secret", path)) and has(path)
      end)
    end },
  { name = "reads what is hidden", without = FILES, rules = true,
    run = function(a) return has(a.folder .. "/data/hidden/secret") end },
  { name = "reads another user's list of names", without = FILES, rules = true,
    run = function() return io.open("/etc/passwd") ~= nil end },
  { name = "writes outside", without = FILES, rules = true,
    run = function(a)
      local file <close> = assert(io.open(a.folder .. "/secret", "r+"))
      return assert(file:write(SECRET)) and assert(file:flush()) and true
    end },
  { name = "creates a file outside", without = FILES, rules = true,
    run = function(a) return write(a.folder .. "/open/new", "") end },
  { name = "writes to what it may read", without = FILES, rules = true,
    run = function(a) return write(a.folder .. "/data/file", "") end },
  { name = "truncates a file outside", without = FILES, rules = true,
    run = function(a) return gets(system.truncate, a.folder .. "/secret", 100) end },
  { name = "renames a file outside", without = FILES, rules = true,
    run = function(a)
      return assert(uv.fs_rename(a.folder .. "/open/a", a.folder .. "/open/b"))
    end },
  { name = "removes a file outside", without = FILES, rules = true,
    run = function(a) return assert(uv.fs_unlink(a.folder .. "/open/c")) end },
  { name = "opens a file of its user's to others", without = { "files" },
    run = function(a) return assert(uv.fs_chmod(a.folder .. "/secret", tonumber("666", 8))) end },
  { name = "watches a file outside", without = { "files" },
    run = function(a)
      local fd = assert(call(system.inotify_init1, 0))
      return gets(system.inotify_add_watch, fd, a.folder .. "/secret", 0xfff)
    end },
  { name = "leaves a file in /dev/shm", without = FILES, rules = true,
    run = function()
      local path = "/dev/shm/perilune-attack-" .. uv.os_getpid()
      return write(path, "") and os.remove(path)
    end },
  { name = "opens the kernel's settings to write", without = with(FILES), rules = true, root = true,
    run = function() return io.open("/proc/sys/kernel/core_pattern", "r+") ~= nil end },
  { name = "loads a library that it wrote", without = FILES, rules = true,
    run = function()
      return fresh(function(path)
        local library = package.searchpath("luv", package.cpath)
        return assert(package.loadlib(copy(library, path), "*"))
      end)
    end },
  { name = "preloads a library that it wrote into a program", without = FILES, rules = true,
    run = function()
      return fresh(function(path)
        copy(package.searchpath("luv", package.cpath), path)
        return os.execute(("LD_PRELOAD=%s grep -q ' r.xp .*%s' /proc/self/maps"):format(path, path))
      end)
    end },
  { name = "runs a program that it wrote", without = FILES, rules = true,
    run = function()
      return fresh(function(path) return os.execute(copy("/usr/bin/true", path)) end)
    end },
  { name = "fills the disk", alone = true, without = FILES, rules = true,
    run = function(a)
      return fresh(function(path)
        local where = io.open(a.folder .. "/open/x", "w") and a.folder .. "/open/x" or path
        local file <close> = assert(io.open(where, "w"))
        local block = ("x"):rep(1 << 20)
        for _ = 1, 70 do assert(file:write(block)) end
        return assert(file:flush()) and true
      end)
    end },
  { name = "makes thousands of files", alone = true, without = FILES, rules = true,
    run = function()
      local shared = "/dev/shm/perilune-many-" .. uv.os_getpid()
      local folder = uv.fs_mkdir(shared, 511) and shared or "/tmp"
      for i = 1, 5000 do
        uv.fs_close(assert(uv.fs_open(folder .. "/" .. i, "w", 420)))
      end
      for i = 1, 5000 do uv.fs_unlink(folder .. "/" .. i) end
      return assert(uv.fs_rmdir(folder))
    end },

  -- processes
  { name = "sees others", without = { "processes", "files" },
    run = function(a) return assert(io.open("/proc/" .. a.victim .. "/cmdline")) end },
  { name = "reads another's memory", without = OTHERS, rules = true,
    run = function(a) return assert(io.open("/proc/" .. a.victim .. "/mem", "rb")) end },
  { name = "reads another's environment", without = OTHERS, rules = true,
    run = function(a)
      local file <close> = assert(io.open("/proc/" .. a.victim .. "/environ"))
      return assert(file:read("a")) and true
    end },
  { name = "traces another", without = with(OTHERS, "seccomp"), rules = true,
    run = function(a)
      local ATTACH <const>, DETACH <const> = 16, 17
      gets(system.ptrace, ATTACH, a.victim, 0, 0)
      call(system.wait4, a.victim, 0, 0)
      return call(system.ptrace, DETACH, a.victim, 0, 0) and true
    end },
  { name = "traces its own child", without = { "seccomp" }, rules = true,
    run = function()
      return fork(function() assert(call(system.ptrace, 0, 0, 0, 0)) end) == 0
    end },
  { name = "copies another's memory", without = with(OTHERS, "seccomp"), rules = true,
    run = function(a)
      -- No address of the victim's is known: one that is not mapped is told from a refusal.
      local vector = string.pack("jj", system.address(system.buffer(("\0"):rep(8))), 8)
      return passes(EPERM, system.process_vm_readv, a.victim, vector, 1, string.pack("jj", 8, 8), 1)
        and select(3, call(system.process_vm_readv, a.victim, vector, 1,
          string.pack("jj", 8, 8), 1, 0)) == 14
    end },
  { name = "signals another", without = with(SPACES, "landlock"), rules = true,
    run = function(a) return gets(system.kill, a.victim, 0) end },
  { name = "signals a group of processes", without = with(SPACES, "landlock"), rules = true,
    run = function(a) return gets(system.kill, -a.victim, 0) end },
  -- Linux says that it went well even where all have refused it.
  { name = "signals everybody", alone = true, without = with(SPACES, "landlock"),
    run = function() return gets(system.kill, -1, 0) end },
  { name = "signals its supervisor", without = with(SPACES, "landlock"), rules = true,
    run = function() return gets(system.kill, assert(call(system.getppid)), 0)
      and call(system.getppid) ~= 1 end },
  { name = "holds on to another by a pidfd", without = SPACES,
    run = function(a) return gets(system.pidfd_open, a.victim, 0) end },
  { name = "takes another's descriptor", without = with(OTHERS, "seccomp"), rules = true,
    run = function(a)
      local fd = assert(call(system.pidfd_open, a.victim, 0))
      return gets(system.pidfd_getfd, fd, 0, 0)
    end },
  { name = "goes to a session of its own", without = { "seccomp" }, rules = true,
    run = function() return gets(system.setsid) end },
  { name = "will not die with its parent", without = { "seccomp" }, rules = true,
    run = function() return gets(system.prctl, 1, 0) end },
  { name = "leaves a process behind", alone = true, open = true,
    run = function()
      if assert(call(system.clone, SIGCHLD)) > 0 then exit(0) end
      call(system.setsid)
      sleep(0.15)
      return true
    end },

  -- a share of the machine
  { name = "starts very many processes", alone = true, without = { "limits" }, rules = "user",
    run = function()
      for _ = 1, 100 do
        if assert(call(system.clone, SIGCHLD)) == 0 then
          sleep(5)
          exit(0)
        end
      end
      return true
    end },
  { name = "takes very much memory", alone = true,
    without = { "limits" }, rules = true, plain = true,
    run = function() return gets(system.mmap, 0, 4 << 30, 3, 0x4022, -1, 0) end },
  { name = "shares very much memory", alone = true,
    without = { "limits" }, rules = true, plain = true,
    run = function() return gets(system.mmap, 0, 4 << 30, 3, 0x4021, -1, 0) end },
  { name = "locks memory", without = { "limits" }, rules = true,
    run = function() return gets(system.mmap, 0, 1 << 20, 3, 0x2022, -1, 0) end },
  { name = "writes a very large file", alone = true, without = { "limits" }, rules = true,
    run = function()
      return fresh(function(path)
        local file <close> = assert(io.open(path, "w"))
        return assert(file:seek("set", 300 << 20)) and assert(file:write("x"))
          and assert(file:flush()) and true
      end)
    end },
  { name = "opens very many files", alone = true, without = { "limits" }, rules = true,
    run = function()
      local opened = {}
      for i = 1, 300 do opened[i] = assert(io.open("/dev/null")) end
      return #opened == 300
    end },
  { name = "raises its limits", without = { "limits" }, rules = true,
    run = function() return gets(system.prlimit64, 0, 7, string.pack("jj", 300, 300), 0) end },
  { name = "leaves a core", without = { "limits" }, rules = true,
    run = function() return gets(system.prlimit64, 0, 4, string.pack("jj", 4096, 4096), 0) end },
  { name = "computes for ever", options = { "-t", "0.1" },
    run = function()
      local stop = os.clock() + 0.2
      repeat until os.clock() > stop
      return true
    end },
  { name = "sleeps for ever", options = { "-t", "0.1" },
    run = function()
      sleep(0.2)
      return true
    end },

  -- the network
  { name = "connects to a port outside",
    without = { "network", "landlock", "seccomp" }, rules = true,
    run = function(a) return connect(AF_INET, STREAM, inet(a.port)) end },
  { name = "sends a datagram", without = { "network", "seccomp" }, rules = true,
    run = function(a)
      local fd, address = assert(call(system.socket, AF_INET, DGRAM, 0)), inet(a.port)
      return gets(system.sendto, fd, "x", 1, 0, address, #address)
    end },
  { name = "listens to others", without = { "network", "landlock", "seccomp" }, rules = true,
    run = function()
      local fd, address = assert(call(system.socket, AF_INET, STREAM, 0)), inet(0)
      return gets(system.bind, fd, address, #address) and gets(system.listen, fd, 1)
    end },
  { name = "connects to a socket in a folder",
    without = { "files", "seccomp", "landlock" }, rules = true,
    run = function(a)
      return connect(AF_UNIX, STREAM, string.pack("=I2z", AF_UNIX, a.folder .. "/open/socket"))
    end },
  { name = "connects to an abstract socket",
    without = { "network", "landlock", "seccomp" }, rules = true,
    run = function(a)
      return connect(AF_UNIX, STREAM, string.pack("=I2", AF_UNIX) .. "\0" .. a.abstract)
    end },
  { name = "asks the kernel about networks", without = { "seccomp" }, rules = true,
    run = function() return gets(system.socket, AF_NETLINK, RAW, 0) end },
  { name = "listens to packets", without = { "seccomp", "identity" }, rules = true,
    run = function() return gets(system.socket, AF_PACKET, RAW, 0) end },

  -- namespaces and roots
  { name = "mounts", alone = true, without = { "seccomp", "landlock", "identity" }, rules = true,
    run = function() return gets(system.mount, "x", "/tmp", "tmpfs", 0, 0) end },
  { name = "unmounts", alone = true, without = { "seccomp", "landlock", "identity" }, rules = true,
    run = function() return gets(system.umount2, "/tmp", 2) end },
  { name = "changes its root", alone = true, without = { "seccomp", "identity" }, rules = true,
    run = function() return gets(system.chroot, "/tmp") end },
  { name = "exchanges the root", alone = true,
    without = { "seccomp", "landlock", "identity" }, rules = true,
    run = function() return gets(system.pivot_root, "/tmp", "/tmp") end },
  { name = "makes a tree of mounts", without = { "seccomp", "landlock", "identity" }, rules = true,
    run = function() return gets(system.open_tree, -100, "/tmp", 1) end },
  { name = "leaves its namespaces", without = { "seccomp", "landlock", "identity" }, rules = true,
    run = function()
      return gets(system.setns, assert(uv.fs_open("/proc/self/ns/ipc", "r", 0)), 0)
    end },
  { name = "makes a user namespace", alone = true, without = { "seccomp" }, rules = true,
    run = function() return gets(system.unshare, NEWUSER) end },
  { name = "starts a process in new namespaces", without = { "seccomp" }, rules = true,
    run = function()
      local pid = assert(call(system.clone, NEWUSER | NEWNS | SIGCHLD))
      return pid == 0 and exit(0) or true
    end },
  { name = "does so by clone3", without = { "seccomp" }, rules = true,
    run = function()
      local pid = assert(call(system.clone3, CLONE_ARGS, #CLONE_ARGS))
      return pid == 0 and exit(0) or true
    end },
  { name = "opens a file by its handle",
    without = { "seccomp", "identity" }, rules = true, root = true,
    run = function()
      local handle = system.buffer(string.pack("I4I4", 128, 0) .. ("\0"):rep(128))
      local mount = system.buffer(("\0"):rep(8))
      assert(call(system.name_to_handle_at, -100, "/usr/bin/true", handle, mount, 0))
      local folder = assert(uv.fs_open("/usr", "r", 0))
      return gets(system.open_by_handle_at, folder, handle, 0)
    end },

  -- ways into the kernel
  { name = "uses keys", without = { "seccomp" }, rules = true,
    run = function() return gets(system.keyctl, 0, -3, 1) end },
  { name = "adds a key", without = { "seccomp" }, rules = true,
    run = function() return gets(system.add_key, "user", "perilune", "x", 1, -1) end },
  { name = "makes a BPF map", without = { "seccomp", "identity" }, rules = true, root = true,
    run = function()
      local attributes = string.pack("I4I4I4I4", 2, 4, 4, 1) .. ("\0"):rep(48)
      return gets(system.bpf, 0, attributes, #attributes)
    end },
  { name = "opens a performance event",
    without = { "seccomp", "identity" }, rules = true, root = true,
    run = function()
      local attributes = string.pack("I4I4I8", 1, 112, 0) .. ("\0"):rep(96)
      return gets(system.perf_event_open, attributes, 0, -1, -1, 0)
    end },
  { name = "handles page faults", without = { "seccomp" }, rules = true,
    run = function() return gets(system.userfaultfd, 1) end },
  { name = "uses io_uring", without = { "seccomp", "limits" }, rules = true,
    run = function() return gets(system.io_uring_setup, 4, system.buffer(("\0"):rep(120))) end },
  { name = "changes its personality", without = { "seccomp" }, rules = true,
    run = function() return gets(system.personality, 0x40000) end },
  { name = "uses a younger system call", without = { "seccomp" }, rules = true,
    run = function() return passes(ENOSYS, 452, -1, 0, 0, 0) end }, -- fchmodat2
  { name = "types on the terminal", without = { "seccomp" }, rules = true,
    run = function() return passes(EPERM, system.ioctl, 0, 0x5412, "x") end },
  { name = "makes a device", without = { "identity", "landlock" }, rules = true, root = true,
    run = function()
      return fresh(function(path) return gets(system.mknodat, -100, path, 8630, 259) end)
    end },

  -- memory and queues of System V and POSIX
  { name = "attaches others' memory", without = { "ipc", "seccomp", "identity" }, rules = true,
    run = function(a) return gets(system.shmat, a.segment, 0, 4096) end },
  { name = "makes shared memory", without = { "seccomp" }, rules = true,
    run = function() return gets(system.shmget, 0, 4096, 1023) end },
  { name = "makes semaphores", without = { "seccomp" }, rules = true,
    run = function() return gets(system.semget, 0, 1, 1023) end },
  { name = "makes a queue", without = { "seccomp" }, rules = true,
    run = function() return gets(system.msgget, 0, 1023) end },
  { name = "opens a POSIX queue", without = { "seccomp" }, rules = true,
    run = function() return passes(EPERM, system.mq_open, "perilune", 0, 0, 0) end },

  -- programs
  { name = "runs a file without a name", without = { "seccomp" }, rules = true,
    run = function()
      local fd = assert(call(system.memfd_create, "x", 0))
      copy("/usr/bin/true", "/proc/self/fd/" .. fd)
      local readable = assert(uv.fs_open("/proc/self/fd/" .. fd, "r", 0))
      call(system.close, fd) -- what somebody may write to is not run
      local arguments, _ <const> = pointers("true")
      return fork(function()
        call(system.execve, "/proc/self/fd/" .. readable, arguments, (pointers()))
        error("not run")
      end) == 0
    end },
  { name = "runs a descriptor", without = { "seccomp" }, rules = true,
    run = function()
      local fd = assert(uv.fs_open("/usr/bin/true", "r", 0))
      local arguments, _ <const> = pointers("true")
      return fork(function()
        call(system.execveat, fd, "", arguments, pointers(), 0x1000)
        error("not run")
      end) == 0
    end },
  { name = "becomes root by a program of root's", root = false, open = true,
    run = function(a)
      local pipe <close> = assert(io.popen(a.folder .. "/data/root-id -u"))
      return pipe:read("l") == "0"
    end },
  { name = "uses a descriptor that it inherits", open = true,
    run = function() return uv.fs_readlink("/proc/self/fd/7") == "/dev/null" end },
}
