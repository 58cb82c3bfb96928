--- Opens a page in headless Chromium, which reaches no network, over its DevTools protocol.

local dkjson = require("dkjson")
local uv = require("luv")
local files = require("perilune.lab.files")

local browser = {}

local PATIENCE = 60000 -- ms for one answer; only a browser that hangs takes them

---@return string? path of the browser
function browser.find()
  for folder in (os.getenv("PATH") or ""):gmatch("[^:]+") do
    local path = folder .. "/chromium"
    if uv.fs_access(path, "X") then
      return path
    end
  end
end

---@class Page
---@field errors string[]   what the console and the page complained of
---@field requests string[] addresses that were asked for
local Page = {}
Page.__index = Page

local ERRORS = {
  ["Runtime.exceptionThrown"] = function(params)
    local details = params.exceptionDetails
    return (details.exception or {}).description or details.text
  end,
  ["Runtime.consoleAPICalled"] = function(params)
    return (params.type == "error" or params.type == "assert") and dkjson.encode(params.args)
  end,
  ["Log.entryAdded"] = function(params)
    return params.entry.level == "error" and params.entry.text
  end,
  ["Page.javascriptDialogOpening"] = function(params)
    return "dialog: " .. params.message
  end,
}

function Page:receive(message)
  local reader = ERRORS[message.method]
  local complaint = reader and reader(message.params)
  if message.id then
    self.answers[message.id] = message
  elseif complaint then
    self.errors[#self.errors + 1] = complaint
    if message.method == "Page.javascriptDialogOpening" then
      self:send("Page.handleJavaScriptDialog", { accept = true })
    end
  elseif message.method == "Network.requestWillBeSent" then
    self.requests[#self.requests + 1] = message.params.request.url
  end
end

--- Messages are JSON, each ended by a zero byte.
function Page:read(chunk)
  local start = 1
  for stop in chunk:gmatch("()\0") do
    self.pending[#self.pending + 1] = chunk:sub(start, stop - 1)
    self:receive(dkjson.decode(table.concat(self.pending)))
    self.pending, start = {}, stop + 1
  end
  self.pending[#self.pending + 1] = chunk:sub(start)
end

function Page:await(done, what)
  local late = false
  local timer = uv.new_timer()
  uv.update_time()
  timer:start(PATIENCE, 0, function()
    late = true
  end)
  while not (done() or late) do
    uv.run("once")
  end
  timer:close()
  assert(not late, "the browser did not answer: " .. what)
end

function Page:send(method, params)
  self.last = self.last + 1
  local message = { id = self.last, method = method, params = params, sessionId = self.session }
  self.input:write(dkjson.encode(message) .. "\0")
  return self.last
end

---@param method string of the DevTools protocol
---@param params? table
---@return table result
function Page:call(method, params)
  local id = self:send(method, params)
  self:await(function()
    return self.answers[id] or self.ended
  end, method)
  local answer = assert(self.answers[id], "the browser ended")
  return answer.result or error(method .. ": " .. answer.error.message)
end

--- The value of a JavaScript expression, awaited if it is a promise.
---@param expression string
---@return any
function Page:evaluate(expression)
  local result = self:call("Runtime.evaluate",
    { expression = expression, awaitPromise = true, returnByValue = true })
  local thrown = result.exceptionDetails
  assert(not thrown, thrown and (thrown.exception or thrown).description)
  return result.result.value
end

--- Waits until a JavaScript expression is true, at the page's own pace of drawing.
---@param expression string
function Page:wait(expression)
  self:evaluate(([[(async () => {
    while (!(%s)) await new Promise(requestAnimationFrame);
  })()]]):format(expression))
end

function Page:close()
  self.session = nil
  if not self.ended then
    self:call("Browser.close")
  end
  self:await(function()
    return self.ended
  end, "close")
  for _, handle in ipairs({ self.process, self.input, self.output }) do
    handle:close()
  end
  uv.run("nowait")
  files.remove_tree(self.folder)
end

Page.__close = Page.close

local function arguments(folder)
  return {
    "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--user-data-dir=" .. folder,
    "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking", "--no-first-run",
    "--enable-unsafe-swiftshader", "--window-size=1280,800", "about:blank",
  }
end

local function start()
  local page = setmetatable({
    errors = {}, requests = {}, answers = {}, last = 0, pending = {},
    folder = assert(files.scratch()), input = uv.new_pipe(false), output = uv.new_pipe(false),
  }, Page)
  page.process = assert(uv.spawn(browser.find(), {
    args = arguments(page.folder), stdio = { nil, nil, nil, page.input, page.output },
  }, function()
    page.ended = true
  end))
  page.output:read_start(function(_, chunk)
    if chunk then
      page:read(chunk)
    end
  end)
  return page
end

---@param address string
---@return Page page to be closed
function browser.open(address)
  local page = start()
  local target = page:call("Target.createTarget", { url = "about:blank" })
  page.session = page:call("Target.attachToTarget",
    { targetId = target.targetId, flatten = true }).sessionId
  for _, domain in ipairs({ "Runtime", "Log", "Network", "Page" }) do
    page:call(domain .. ".enable")
  end
  page:call("Page.navigate", { url = address })
  return page
end

return browser
