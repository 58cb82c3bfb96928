--- Shows a saved page in the user's browser.

local uv = require("luv")

local PATIENCE = 1500 -- ms for an opener to say that it cannot; one that works may stay for hours

---@param path string
---@return string address file://..., of printable characters alone
local function address_of(path)
  local absolute = uv.fs_realpath(path) or path
  return "file://" .. absolute:gsub("[^%w/._~-]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end)
end

--- The words of one entry of $BROWSER; %s stands for the address.
local function words_of(entry, address)
  if uv.fs_access(entry, "X") then
    return { entry, address }
  end
  local words, placed = {}, false
  for word in entry:gmatch("%S+") do
    words[#words + 1] = word:gsub("%%([s%%])", function(sign)
      placed = placed or sign == "s"
      return sign == "s" and address or "%"
    end)
  end
  if not placed then
    words[#words + 1] = address
  end
  return words
end

--- The commands to try, in order: those that $BROWSER names, separated by colons, or the system's.
local function openers(address)
  local list, browser = {}, os.getenv("BROWSER") or ""
  for entry in browser:gmatch("[^:]+") do
    list[#list + 1] = words_of(entry, address)
  end
  if #list > 0 then
    return list
  elseif uv.os_uname().sysname == "Darwin" then
    return { { "open", address } }
  elseif (os.getenv("DISPLAY") or "") .. (os.getenv("WAYLAND_DISPLAY") or "") ~= "" then
    return { { "xdg-open", address } }
  end
  return {}, "no display here"
end

--- Starts a command in a session of its own, without our input and output.
---@return string? failure nil once it has succeeded or stayed for a while
local function start(words)
  local status, process, refusal
  process, refusal = uv.spawn(words[1], { args = { table.unpack(words, 2) }, detached = true },
    function(code, signal)
      status = signal ~= 0 and "signal " .. signal or code ~= 0 and "exit code " .. code or ""
    end)
  if not process then
    return ("%s: %s"):format(words[1], refusal)
  end
  local timer = uv.new_timer()
  uv.update_time() -- the loop has not run yet
  timer:start(PATIENCE, 0, function()
    status = status or ""
  end)
  repeat
    uv.run("once")
  until status
  timer:close()
  process:close()
  uv.run("nowait")
  return status ~= "" and ("%s: %s"):format(words[1], status) or nil
end

--- Opens a page; never waits for the browser to be closed.
---@param path string
---@return boolean? ok
---@return string? message with the address to open by hand
local function open(path)
  local address = address_of(path)
  local list, failure = openers(address)
  for _, words in ipairs(list) do
    failure = start(words)
    if not failure then
      return true
    end
  end
  return nil, ("cannot open a browser (%s); the page is %s"):format(failure, address)
end

return open
