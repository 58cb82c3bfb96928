--- What attacks are about: a process with an abstract socket and shared memory. Prints the number
--- of the memory, and lasts until its input ends. `victim.lua NAME`
local system = require("system")

local call = system.call
local UNIX <const>, STREAM <const> = 1, 1
local CREATE <const>, REMOVE <const> = 896, 0 -- IPC_CREAT with 0600; IPC_RMID

local address = string.pack("=I2", UNIX) .. "\0" .. arg[1]
local socket = assert(call(system.socket, UNIX, STREAM, 0))
assert(call(system.bind, socket, address, #address))
assert(call(system.listen, socket, 100))
local segment = assert(call(system.shmget, 0, 4096, CREATE))
print(segment)
io.read("a")
call(system.shmctl, segment, REMOVE, 0)
