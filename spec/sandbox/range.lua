--- Where attacks are made: files, processes and sockets, of root's or of a user's.
local uv = require("luv")
local files = require("perilune.lab.files")
local pipe = require("perilune.lab.pipe")

local range = {}

local PROGRAM <const> = uv.exepath():match("^(.*)/") .. "/spec/confined"
local HERE <const> = uv.cwd() .. "/spec/sandbox"
local AT_ONCE <const> = 4
local INHERITED <const> = 7 -- a descriptor of each attack's

---@class Range
---@field folder string
---@field user integer?
local Range = {}
Range.__index = Range

local function write(path, text, mode)
  assert(files.write(path, text))
  assert(uv.fs_chmod(path, tonumber(mode, 8)))
end

local function make_folder(path)
  assert(files.make_folder(path))
  assert(uv.fs_chmod(path, tonumber("777", 8)))
end

local function make_files(self)
  local folder = self.folder
  assert(uv.fs_chmod(folder, tonumber("755", 8)))
  for _, name in ipairs({ "/open", "/data", "/data/hidden" }) do make_folder(folder .. name) end
  for _, name in ipairs({ "/secret", "/open/a", "/open/c", "/data/file", "/data/hidden/secret" }) do
    write(folder .. name, "secret", "666")
    if self.user then assert(uv.fs_chown(folder .. name, self.user, self.user)) end
  end
  write(folder .. "/data/root-id", files.read("/usr/bin/id"), "4755")
end

local function make_sockets(self)
  self.tcp, self.udp, self.unix = uv.new_tcp(), uv.new_udp(), uv.new_pipe(false)
  assert(self.tcp:bind("127.0.0.1", 0))
  self.port = self.tcp:getsockname().port
  assert(self.udp:bind("127.0.0.1", self.port))
  assert(self.unix:bind(self.folder .. "/open/socket"))
  assert(uv.fs_chmod(self.folder .. "/open/socket", tonumber("777", 8)))
  assert(self.tcp:listen(100, function() end))
  assert(self.unix:listen(100, function() end))
end

local function spawn(self, arguments, stdio, detached, on_end)
  return uv.spawn(PROGRAM, {
    args = arguments, stdio = stdio, uid = self.user, gid = self.user, detached = detached,
  }, on_end)
end

local function start_victim(self)
  local output = uv.new_pipe(false)
  self.input, self.abstract = uv.new_pipe(false), "perilune-" .. self.folder
  self.victim = assert(spawn(self, { "-u", "yes", HERE .. "/victim.lua", self.abstract },
    { self.input, output, 2 }, true, function()
      self.ended = true
    end))
  output:read_start(function(_, chunk)
    self.segment = tonumber(chunk)
    output:close()
  end)
  repeat uv.run("once") until self.segment or self.ended
end

--- Makes one. As root, `user` is whose processes attack.
---@param user integer?
---@return Range
function range.new(user)
  local self = setmetatable({ folder = assert(files.scratch()), user = user }, Range)
  make_files(self)
  make_sockets(self)
  start_victim(self)
  return self
end

local function pairs_of(option, values)
  local list = {}
  for _, value in ipairs(values) do table.move({ option, value }, 1, 2, #list + 1, list) end
  return list
end

---@class Salvo what one process tries
---@field numbers integer[]  of attacks
---@field without? string[]  layers
---@field options? string[]  of confined.c
---@field text? string       what it printed, when it has been fired

local function arguments_of(self, salvo)
  local parts = {
    { "-r", HERE, "-r", self.folder .. "/data", "-h", self.folder .. "/data/hidden", "-m", 2 << 30,
      "-b", salvo.without and "yes" or "" },
    pairs_of("-l", salvo.without or {}), salvo.options or {},
    { HERE .. "/attack.lua", self.folder, self.victim:get_pid(), self.port, self.abstract,
      self.segment }, salvo.numbers,
  }
  local arguments = {}
  for _, part in ipairs(parts) do
    for _, argument in ipairs(part) do arguments[#arguments + 1] = tostring(argument) end
  end
  return arguments
end

local function begin(self, salvo, done)
  local output, errors, parts, process = uv.new_pipe(false), uv.new_pipe(false), {}, nil
  local stdio = { self.null, output, errors }
  for fd = #stdio + 1, INHERITED + 1 do stdio[fd] = self.null end
  process = assert(spawn(self, arguments_of(self, salvo), stdio, false, function()
    process:close()
    done()
  end))
  for _, handle in ipairs({ output, errors }) do
    pipe.each(handle, function(chunk) parts[#parts + 1] = chunk end)
  end
  salvo.parts = parts
end

-- What listens does not let the loop come to an end.
local function each_handle(self, method)
  for _, name in ipairs({ "tcp", "udp", "unix", "victim", "input" }) do
    self[name][method](self[name])
  end
end

--- Fires all of them, some at once.
---@param salvos Salvo[]
function Range:fire(salvos)
  local fired = 0
  local function go_on()
    fired = fired + 1
    if salvos[fired] then begin(self, salvos[fired], go_on) end
  end
  self.null = assert(uv.fs_open("/dev/null", "r+", 0))
  for _ = 1, AT_ONCE do go_on() end
  each_handle(self, "unref")
  uv.run()
  uv.fs_close(self.null)
  for _, salvo in ipairs(salvos) do salvo.text = table.concat(salvo.parts) end
end

function Range:close()
  self.victim:ref()
  self.input:close()
  repeat until self.ended or not uv.run("once")
  for _, handle in ipairs({ self.victim, self.tcp, self.udp, self.unix }) do handle:close() end
  uv.run()
  files.remove_tree(self.folder)
end

Range.__close = Range.close

return range
