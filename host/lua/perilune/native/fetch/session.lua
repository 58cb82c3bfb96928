--- Requests under way, on one engine: its connections are theirs.

local clock = require("perilune.clock")
local encode = require("perilune.fetch.encode")
local engine = require("perilune.native.fetch.engine")
local result = require("perilune.fetch.result")
local retry = require("perilune.fetch.retry")
local waiting = require("perilune.native.fetch.waiting")

---@class perilune.native.fetch.Job
---@field session perilune.native.fetch.Session
---@field url string as given
---@field address string as asked for
---@field spec perilune.fetch.Spec
---@field path? string
---@field notice fun(job: perilune.native.fetch.Job) there is a result, or `data`
---@field number? integer of the engine's, while it is under way
---@field begun number when it was handed in
---@field index? integer among a batch's
---@field host? table the batch's record of it
---@field after? perilune.native.fetch.Job the next in a queue of the batch's
---@field started number when it was tried last
---@field attempt integer
---@field data? boolean bytes are there for on_data
---@field delivered? boolean some have been taken
---@field result? perilune.fetch.Result
local Job = {}
Job.__index = Job

---@class perilune.native.fetch.Session
---@field engine userdata
---@field jobs table<integer, perilune.native.fetch.Job> by number
---@field delayed table<perilune.native.fetch.Job, number> when each is tried again
---@field shown table<perilune.native.fetch.Job, number> when its progress is to be shown next
---@field bells table<perilune.native.fetch.Bell, true> of those who wait; weak
---@field batches table<perilune.native.fetch.Batch, true> that start further requests; weak
---@field watch perilune.native.fetch.Watch
---@field closed boolean
local Session = {}
Session.__index = Session

local session = {}

local PAUSE <const> = 0.1 -- seconds between two looks at a progress
local CLOSED <const> = "the session was closed"

---@param cookies boolean its requests share cookies; else there are none
---@return perilune.native.fetch.Session?
---@return string? message
---@return string? code
function session.new(cookies)
  local made, message, code = engine.new(cookies, result.class)
  if not made then return nil, message, code end
  return setmetatable({
    engine = made, jobs = {}, delayed = {}, shown = {}, bells = setmetatable({}, { __mode = "k" }),
    batches = setmetatable({}, { __mode = "k" }), watch = { count = 0 },
    closed = false,
  }, Session)
end

--- A request that has not begun.
---@param url string
---@param spec perilune.fetch.Spec
---@param notice fun(job: perilune.native.fetch.Job)
---@param index? integer
---@param spare? perilune.native.fetch.Job that is over, of the same session and with that notice
---@return perilune.native.fetch.Job
function Session:job(url, spec, notice, index, spare)
  -- With a place for each field, so that the table does not grow.
  local job = spare or setmetatable({
    session = self, url = nil, spec = nil, notice = notice, path = nil, attempt = 0, address = nil,
    begun = nil, started = nil, number = nil, result = nil, data = nil, delivered = nil,
    index = nil, host = nil, after = nil,
  }, Job)
  job.url, job.spec, job.path, job.index = url, spec, spec.path, index
  job.address = spec.query == "" and url or encode.add_query(url, spec.query)
  job.begun, job.attempt = clock.now(), 0
  job.result, job.delivered, job.host = nil, nil, nil
  return job
end

--- Errors: it was closed.
function Session:check()
  if self.closed then error(CLOSED, 0) end
end

local function settle(job, outcome)
  if job.attempt > 1 then outcome.attempts = job.attempt end
  if outcome.ok and job.path then outcome.path = job.path end
  job.result = outcome
  job:notice()
end

-- What has to do with its file names it.
local function named(job, code, message)
  return code == "file" and job.path .. ": " .. message or message
end

--- Begins it, or begins it anew. `notice` may be called at once.
function Job:try()
  local owner = self.session
  owner:check()
  self.started = clock.now()
  self.attempt = self.attempt + 1
  local number, message, code = owner.engine:start(self.address, self.spec.plan, self.path)
  if not number then
    return settle(self, result.failed(self.url, code, named(self, code, message)))
  end
  self.number = number
  owner.jobs[number] = self
end

--- Ends it wherever it is. One that is over stays as it is.
function Job:cancel()
  local owner, number = self.session, self.number
  owner.delayed[self], owner.shown[self] = nil, nil
  if not number then return end
  self.number, owner.jobs[number] = nil, nil
  owner.engine:cancel(number)
end

Job.__close = Job.cancel

--- Ends all that have this notice.
---@param notice function
function Session:cancel(notice)
  local ours = {}
  for _, job in pairs(self.jobs) do ours[#ours + 1] = job.notice == notice and job or nil end
  for job in pairs(self.delayed) do ours[#ours + 1] = job.notice == notice and job or nil end
  for _, job in ipairs(ours) do job:cancel() end
end

--- Hands what has come to on_data, which may raise errors and wait.
function Job:deliver()
  local outcome, bytes = self.result
  self.data = nil
  if outcome then
    bytes, outcome.body = outcome.body, nil
  else
    self.session:check()
    bytes = self.session.engine:take(self.number)
  end
  if not bytes or bytes == "" then return end
  self.delivered = true
  self.spec.on_data(bytes, self.url)
end

-- Of a transfer that is over.
local function conclude(job, number)
  local outcome, code, message, wanted =
    job.session.engine:outcome(number, job.url, job.started - job.begun)
  job.number, job.data = nil, nil
  if not outcome.ok then
    result.blame(outcome, code, named(job, code, message))
    local delay = not job.delivered and retry.delay(job.spec, job.attempt, outcome, wanted)
    if delay then
      job.session.delayed[job] = clock.now() + delay
      return
    end
  end
  if job.path then outcome.body = nil end
  settle(job, outcome)
end

-- Takes note of what has happened.
local function hear(self)
  for number, is_over in self.engine.news, self.engine do
    local job = self.jobs[number]
    if not job then
      self.engine:cancel(number) -- an error came as it was begun
    elseif is_over then
      self.jobs[number] = nil
      conclude(job, number)
    else
      job.data = true
      job:notice()
    end
  end
end

local function try_again(self)
  if next(self.delayed) == nil then return end
  local now, ripe = clock.now(), {}
  for job, due in pairs(self.delayed) do
    if due <= now then ripe[#ripe + 1] = job end
  end
  for _, job in ipairs(ripe) do
    self.delayed[job] = nil
    job:try()
  end
end

-- Wakes those who show how far a request has come.
local function show(self)
  if next(self.shown) == nil then return end
  local now = clock.now()
  for job, due in pairs(self.shown) do
    if due <= now then
      self.shown[job] = now + PAUSE
      job:notice()
    end
  end
end

-- Of several times the first, if it is before `patience`.
local function sooner(patience, times)
  if next(times) == nil then return patience end
  local now = clock.now()
  for _, due in pairs(times) do
    local left = math.max(0, due - now)
    if not patience or left < patience then patience = left end
  end
  return patience
end

--- Seconds until `step` has something to do by itself; nil: never.
---@return number?
function Session:patience()
  return sooner(sooner(self.engine:patience(), self.delayed), self.shown)
end

--- Waits until something happens, `seconds` at most, and deals with it.
---@param seconds? number
function Session:step(seconds)
  self:check()
  self.engine:turn(seconds or self:patience())
  hear(self)
  try_again(self)
  show(self)
  for batch in pairs(self.batches) do batch:fill() end
  self.engine:send() -- before others have their say
end

--- Has all who wait raise an error.
---@param problem any
function Session:spoil(problem)
  for bell in pairs(self.bells) do
    bell.trouble = problem
    waiting.ring(bell)
  end
end

-- How far it has come, in the way of the one who waits for it.
local function show_progress(self, job, shown)
  local outcome = job.result
  if outcome then
    shown:update(outcome.bytes, outcome.ok and outcome.bytes or nil)
  elseif job.number then
    shown:update(self.engine:progress(job.number))
  end
end

--- Makes a request and waits for its end.
---@param url string
---@param spec perilune.fetch.Spec
---@param shown? perilune.fetch.BodyProgress
---@return perilune.fetch.Result
function Session:perform(url, spec, shown)
  local bell = {}
  local job <close> = self:job(url, spec, function() waiting.ring(bell) end)
  if shown then self.shown[job] = job.begun + PAUSE end
  job:try()
  while not job.result do
    waiting.wait(self, bell)
    if job.data then job:deliver() end
    if shown then show_progress(self, job, shown) end
  end
  if spec.on_data then job:deliver() end
  return job.result
end

--- Ends all requests; those who wait for one raise an error.
function Session:close()
  self.closed = true
  waiting.stop(self)
  self.engine:close()
  for _, job in pairs(self.jobs) do job.number = nil end
  self.jobs, self.delayed, self.shown, self.batches = {}, {}, {}, {}
  self:spoil(CLOSED)
end

return session
