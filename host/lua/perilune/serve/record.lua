--- A line for each request: when it came, when its answer began, its status, its method and target.
---
--- Times are the monotonic clock's, in seconds: `perilune.clock`'s `now`. The line is written
--- before the answer is, so whoever has an answer finds its line. Status 0: there was no answer.

local clock = require("perilune.clock")

---@class perilune.serve.Record
---@field file? file* nil: nothing is written, or could be
local Record = {}
Record.__index = Record

local record = {}

--- Takes a file over. Each line goes out by itself.
---@param file? file*
---@return perilune.serve.Record
function record.new(file)
  if file then file:setvbuf("line") end
  return setmetatable({ file = file }, Record)
end

---@param asked perilune.serve.Request
---@param came number when it had been read
---@param status integer
function Record:add(asked, came, status)
  if not self.file then return end
  local ok, message = self.file:write(("%.9f %.9f %d %s %s\n"):format(
    came, clock.now(), status, asked.method, asked.target))
  if ok then return end
  self.file = nil
  io.stderr:write("perilune: the log cannot be written: ", message, "\n")
end

return record
