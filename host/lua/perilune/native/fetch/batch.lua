--- Many requests, so many at once. Items are asked for only when somebody takes results, never in a
--- callback of luv's, for that is the user's code; requests for known ones begin as others end.

local waiting = require("perilune.native.fetch.waiting")

local MOST <const> = 1 << 16 -- at once

-- Times the concurrency: items that are known, results that nobody took; and items that wait for
-- their host, so that many of one host in a row do not hide others.
local AHEAD <const>, PARKED <const> = 2, 20

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
---@field count integer under way
---@field streams table<perilune.native.fetch.Job, true> that have bytes for on_data
---@field spares perilune.native.fetch.Queue of jobs to be used again
---@field held? boolean the loop is kept at work
---@field asked boolean somebody is in `next`, and may wait there
---@field answered table what ends that
---@field bell perilune.native.fetch.Bell
---@field notice fun(job: perilune.native.fetch.Job)
local Batch = {}
Batch.__index = Batch

local batch = {}

-- A job is in one queue at most, and knows who is next.
---@class perilune.native.fetch.Queue
---@field first? perilune.native.fetch.Job
---@field last? perilune.native.fetch.Job
---@field size integer
local function queue() return { first = nil, last = nil, size = 0 } end

local function push(self, job)
  if self.first then self.last.after = job else self.first = job end
  self.last = job
  self.size = self.size + 1
end

local function push_first(self, job)
  if not self.first then self.last = job end
  self.first, job.after = job, self.first
  self.size = self.size + 1
end

local function pop(self)
  local job = self.first
  if not job then return nil end
  self.first, job.after = job.after, nil
  self.size = self.size - 1
  return job
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
  self.count = self.count - 1
  push(self.results, job)
  if job.host then leave_host(self, job.host) end
end

local function begin(self, job)
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
      self.results.size + self.count < AHEAD * self.concurrency do
    local job = pop(self.freed) or pop(self.known)
    if not job then return end
    if is_welcome(self, job) then begin(self, job) end
  end
end

-- Gets to know further items, and begins them.
local function feed(self)
  local most_known, most_parked = AHEAD * self.concurrency, PARKED * self.concurrency
  repeat
    while self.items and self.known.size < most_known and self.parked < most_parked do
      local url, spec, index = self.items()
      if url then
        local job = self.session:job(url, spec, self.notice, index, pop(self.spares))
        push(self.known, job)
      else
        self.items = nil
      end
    end
    self:fill()
  until not self.items or self.known.size > 0 or self.parked >= most_parked
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
  job.result = nil
  push_first(self.spares, job)
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

-- Runs the user's code, and waits.
local function seek(self)
  self.asked = true
  local _ <close> = self.answered
  hold(self)
  repeat
    feed(self)
    deliver(self)
    local result = take(self)
    if not result and self.count == 0 then release(self) end
    if result or self.count == 0 then return result end
    waiting.wait(self.session, self.bell)
  until false
end

--- The next result, as requests end; nil: that was the last one. Waits.
---@return perilune.fetch.Result?
function Batch:next()
  if self.asked then error("two tasks wait for the same iterator's next result", 0) end
  -- While all that may be under way are, there is nothing to be done for what is there.
  local is_full = self.count == self.concurrency and next(self.streams) == nil
  local job = is_full and self.results.first
  if job and not job.spec.on_data then return take(self) end
  return seek(self)
end

--- Cancels what is under way.
function Batch:close()
  self.session.batches[self] = nil
  release(self)
  self.session:cancel(self.notice)
  self.streams, self.count, self.items, self.known = {}, 0, nil, queue()
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
    parked = 0, count = 0, streams = {}, spares = queue(), bell = {}, asked = false,
  }, Batch)
  self.answered = setmetatable({}, { __close = function() self.asked = false end })
  function self.notice(job)
    if job.result then finish(self, job) else self.streams[job] = true end
    waiting.ring(self.bell)
  end
  session.batches[self] = true
  return self
end

return batch
