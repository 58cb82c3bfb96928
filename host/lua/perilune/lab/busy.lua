--- Processes that keep processors busy, beside which verdicts must hold.

local uv = require("luv")

local busy = {}

-- Until whoever started them is gone, however that came.
local SPIN <const> = "repeat for _ = 1, 1e7 do end until not io.open('/proc/%d/stat')"

local function ignore() end

---@param count integer
---@return table processes to be closed, which ends them
function busy.start(count)
  local processes, options = {}, { args = { "-e", SPIN:format(uv.os_getpid()) } }
  for i = 1, count do
    processes[i] = assert(uv.spawn(uv.exepath(), options, ignore))
  end
  return setmetatable(processes, { __close = function()
    for _, process in ipairs(processes) do
      process:kill("sigkill")
    end
    uv.run()
    for _, process in ipairs(processes) do
      process:close()
    end
    uv.run()
  end })
end

return busy
