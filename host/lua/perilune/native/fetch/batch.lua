--- Many requests, so many at once. Items are asked for only when somebody takes results, never in a
--- callback of luv's, for that is the user's code; requests for known ones begin as others end.

local waiting = require("perilune.native.fetch.waiting")

local MOST <const> = 1 << 16 -- at once
local AHEAD <const> = 2 -- times the concurrency: items that are known, results that nobody took

---@class perilune.native.fetch.Batch
---@field session perilune.native.fetch.Session
---@field items perilune.fetch.Items
---@field concurrency integer
---@field per_host? integer
---@field known perilune.native.fetch.Queue of jobs
---@field freed perilune.native.fetch.Queue of jobs that waited for their host
---@field results perilune.native.fetch.Queue of jobs that are over
---@field hosts table<string, {count: integer, parked: perilune.native.fetch.Queue}>
---@field parked integer jobs that wait for their host
---@field jobs table<perilune.native.fetch.Job, true> under way
---@field count integer how many those are
---@field streams table<perilune.native.fetch.Job, true> that have bytes for on_data
---@field held? boolean the loop is kept at work
---@field bell perilune.native.fetch.Bell
---@field notice fun(job: perilune.native.fetch.Job)
local Batch = {}
Batch.__index = Batch

local batch = {}

---@class perilune.native.fetch.Queue
local function queue() return { first = 1, last = 0 } end

local function size(self) return self.last - self.first + 1 end

local function push(self, value)
  self.last = self.last + 1
  self[self.last] = value
end

local function pop(self)
  local value = self[self.first]
  if value == nil then return nil end
  self[self.first] = nil
  self.first = self.first + 1
  return value
end

-- What stands between the scheme and the path, without a user's name.
local function host_of(url)
  local authority = url:match("^%a[%w+.-]*://([^/?#]*)") or url:match("^[^/?#]*")
  return authority:match("[^@]*$"):lower()
end

local function host_record(self, url)
  local name = host_of(url)
  self.hosts[name] = self.hosts[name] or { count = 0, parked = queue() }
  return self.hosts[name]
end

local function leave_host(self, host)
  host.count = host.count - 1
  local job = pop(host.parked)
  if not job then return end
  self.parked = self.parked - 1
  push(self.freed, job)
end

local function finish(self, job)
  self.jobs[job] = nil
  self.count = self.count - 1
  push(self.results, job)
  if job.host then leave_host(self, job.host) end
end

local function begin(self, job)
  self.jobs[job] = true
  self.count = self.count + 1
  if job.host then job.host.count = job.host.count + 1 end
  job:try()
end

-- Whether it may begin now; else it waits until another one of its host's is over.
local function is_welcome(self, job)
  if not self.per_host then return true end
  job.host = job.host or host_record(self, job.url)
  if job.host.count < self.per_host then return true end
  self.parked = self.parked + 1
  push(job.host.parked, job)
  return false
end

--- Begins what may begin. Runs none of the user's code.
function Batch:fill()
  while self.count < self.concurrency and
      size(self.results) + self.count < AHEAD * self.concurrency do
    local job = pop(self.freed) or pop(self.known)
    if not job then return end
    if is_welcome(self, job) then begin(self, job) end
  end
end

-- Gets to know further items.
local function feed(self)
  while self.items and size(self.known) + self.parked < AHEAD * self.concurrency do
    local url, spec, index = self.items()
    if url then
      push(self.known, self.session:job(url, spec, self.notice, index))
    else
      self.items = nil
    end
  end
end

local function deliver(self)
  local job = next(self.streams)
  while job do
    self.streams[job] = nil
    if job.data then job:deliver() end
    job = next(self.streams)
  end
end

local function take(self)
  local job = pop(self.results)
  if not job then return nil end
  local result = job.result
  result.index = job.index
  if job.spec.on_data then job:deliver() end
  return result
end

-- In a task what is under way goes on while the results' taker waits for something else.
local function hold(self)
  if self.held == nil then self.held = waiting.hold(self.session) end
end

local function release(self)
  if self.held then waiting.release(self.session) end
  self.held = false
end

--- The next result, as requests end; nil: that was the last one. Waits.
---@return perilune.fetch.Result?
function Batch:next()
  hold(self)
  repeat
    feed(self)
    self:fill()
    deliver(self)
    local result = take(self)
    if not result and self.count == 0 then release(self) end
    if result or self.count == 0 then return result end
    waiting.wait(self.session, self.bell)
  until false
end

--- Cancels what is under way.
function Batch:close()
  self.session.batches[self] = nil
  release(self)
  for job in pairs(self.jobs) do job:cancel() end
  self.jobs, self.streams, self.count, self.items, self.known = {}, {}, 0, nil, queue()
end

Batch.__close = Batch.close

---@param session perilune.native.fetch.Session
---@param items perilune.fetch.Items
---@param settings {concurrency: integer, per_host?: integer}
---@return perilune.native.fetch.Batch
function batch.new(session, items, settings)
  local self = setmetatable({
    session = session, items = items, concurrency = math.min(settings.concurrency, MOST),
    per_host = settings.per_host, known = queue(), freed = queue(), results = queue(), hosts = {},
    parked = 0, jobs = {}, count = 0, streams = {}, bell = {},
  }, Batch)
  function self.notice(job)
    if job.result then finish(self, job) else self.streams[job] = true end
    waiting.ring(self.bell)
  end
  session.batches[self] = true
  return self
end

return batch
