--- Ways to pass exercise 2 without what is asked. Each is judged by one check:
---
---     {what it does, check, text}
---
---   sandbox   nothing else can stop it
---   recycles  it scores only where addresses are used again soon
---   honest    the control, where it is not the list's
---   beside    {name = text} of files beside it, where they are not the list's
---
--- A list's `before` and `after` stand around each text.

local BEFORE <const> = [[
local function naive(list)
  local found, listed = {}, {}
  for i = 1, #list do
    local value = list[i]
    for j = 1, i - 1 do
      if value == list[j] and not listed[value] then
        listed[value] = true
        found[#found + 1] = value
      end
    end
  end
  return found
end
local function nothing() return {} end
]]

local function in_call(body)
  return ("return { find_duplicates = function(list) %s end }"):format(body)
end

local function cheat(what, text, check, sandbox)
  return { what, check or "right", text, sandbox = sandbox }
end

local FIND <const> = [[
  local count, found = {}, {}
  for _, value in ipairs(list) do
    count[value] = (count[value] or 0) + 1
    if count[value] == 2 then found[#found + 1] = value end
  end
  return found]]

local RIGHT <const> = in_call(FIND)

--- Takes a module in a way and hands out its `duplicates`.
local function with_module(get)
  return ("local m = %s return { find_duplicates = m.duplicates }"):format(get)
end

--- Right, but bytecode, with which more could be done: `get` makes a function of the chunk `code`,
--- which returns one. The same as text must pass.
local function from_bytecode(what, get)
  local text = ([[
    local code = %%s
    local function file()
      local file <close> = assert(io.open("chunk.lua", "wb"))
      file:write(code)
      return "chunk.lua"
    end
    return { find_duplicates = %s }]]):format(get)
  local source = ("return function(list) %s end"):format(FIND)
  local given = text:format(("%q"):format(source))
  local bytecode = ("string.dump(load(%q))"):format(source)
  return { what, "right", text:format(bytecode), honest = BEFORE .. given }
end

return {
  exercise = { 2, "duplicates" },
  before = BEFORE,
  honest = RIGHT,
  cheats = {
    -- Talking instead of working.
    cheat("prints that it has passed", [[
      print("ok  right answers  49 cases") io.stderr:write("0 failures\n")
      return { find_duplicates = nothing }]]),
    cheat("ends the process with success while it is loaded", "os.exit(0)"),
    cheat("ends the process with success when it is called", in_call("os.exit(0)")),
    cheat("ends the process from a hook", [[
      debug.sethook(function() os.exit(0) end, "", 1000)
      return { find_duplicates = naive }]]),
    cheat("raises what looks like a success", in_call([[error({ status = "pass" })]])),

    -- Changing what a judge in the same process would use.
    cheat("replaces assert, error and pcall", [[
      assert, error = function(...) return ... end, function() end
      pcall = function() return true end
      return { find_duplicates = nothing }]]),
    cheat("replaces comparing functions", [[
      rawequal = function() return true end
      next, pairs, ipairs = function() end, function() return function() end end, nothing
      return { find_duplicates = nothing }]]),
    cheat("replaces the string methods", [[
      for name in pairs(string) do string[name] = function() return "" end end
      getmetatable("").__eq = function() return true end
      return { find_duplicates = nothing }]]),
    cheat("returns a list that claims to be equal", in_call([[
      local yes = function() return true end
      return setmetatable({}, { __eq = yes, __len = function() return 0 end, __index = list,
        __lt = yes, __le = yes })]])),
    cheat("returns a list whose items come when they are looked at", in_call([[
      return setmetatable({}, { __index = function(_, i) return list[i] end,
        __pairs = function() return pairs(list) end })]])),
    cheat("puts a judge of its own into package.loaded", [[
      local judge = { run = function() return { verdict = "passed", results = {} } end }
      for _, name in ipairs({ "judge", "agree", "session", "checks.agrees" }) do
        package.loaded["perilune.lab." .. name] = judge
      end
      return { find_duplicates = nothing }]]),
    cheat("replaces the encoder of results", [[
      local message = require("perilune.native.message")
      for name in pairs(message) do message[name] = function() return "" end end
      return { find_duplicates = nothing }]]),
    cheat("writes an answer of its own to the judge's socket", in_call([[
      for fd = 3, 9 do
        local socket = io.open("/proc/self/fd/" .. fd, "w")
        if socket then
          socket:write(("\0"):rep(24))
          socket:close()
        end
      end
      return {}]])),

    -- The module that the exercise is about.
    cheat("requires perilune.hashset", with_module('require("perilune.hashset")')),
    cheat("requires the native version", with_module('require("perilune.native.hashset")')),
    cheat("requires the script version", with_module('require("perilune.script.hashset")')),
    cheat("takes it from package.loaded", with_module('package.loaded["perilune.hashset"]')),
    cheat("has perilune.impl load it", with_module('require("perilune.impl").load("hashset")')),
    cheat("chooses it anew and requires it", [[
      require("perilune.impl").set("hashset=native")
      return { find_duplicates = require("perilune.hashset").duplicates }]]),
    cheat("takes the refusal out of package.preload", [[
      for name in pairs(package.preload) do
        if name:find("hashset") then package.preload[name] = nil end
      end
      return { find_duplicates = require("perilune.hashset").duplicates }]]),
    cheat("asks each of package.searchers", [[
      package.preload["perilune.native.hashset"] = nil
      for _, search in ipairs(package.searchers) do
        local loader, extra = search("perilune.native.hashset")
        if type(loader) == "function" then
          return { find_duplicates = loader("perilune.native.hashset", extra).duplicates }
        end
      end
      return { find_duplicates = nothing }]]),
    cheat("points package.cpath at the built library", [[
      package.preload["perilune.native.hashset"] = nil
      package.cpath = "@BUILD@/lib/lua/5.4/?.so"
      return { find_duplicates = require("perilune.native.hashset").duplicates }]]),
    cheat("names the library with a hyphen", [[
      package.cpath = "@BUILD@/lib/lua/5.4/perilune/native/hashset.so"
      return { find_duplicates = require("x-perilune.native.hashset").duplicates }]]),
    cheat("loads the library", [[
      local open = package.loadlib("@BUILD@/lib/lua/5.4/perilune/native/hashset.so",
        "luaopen_perilune_native_hashset")
      return { find_duplicates = open().duplicates }]]),
    cheat("finds the loader in the registry", [[
      local loader = debug.getregistry()._PRELOAD["perilune.native.hashset"]
      return { find_duplicates = loader("perilune.native.hashset").duplicates }]]),
    cheat("takes the guarded searcher apart", [[
      package.preload["perilune.native.hashset"] = nil
      local _, search = debug.getupvalue(package.searchers[3], 1)
      package.cpath = "@BUILD@/lib/lua/5.4/?.so"
      return { find_duplicates = search("perilune.native.hashset")().duplicates }]]),
    cheat("asks a worker process, where nothing is off limits", [[
      local function work(list) return require("perilune.hashset").duplicates(list) end
      local crew = require("perilune.pool").new({ workers = 1 })
      return { find_duplicates = function(list) return crew:submit(work, list):result() end }]]),
    cheat("asks another program", in_call([[
      local pipe = io.popen("@PROGRAM@ -e 'print(1)'")
      return pipe:read("n") == 1 and naive(list) or {}]])),
    cheat("runs a command", in_call("os.execute('true') return naive(list)")),
    cheat("starts a thread", [[
      local uv = require("luv")
      return { find_duplicates = function(list)
        uv.new_thread(function() end)
        return naive(list)
      end }]]),

    -- Code that is no text.
    from_bytecode("loads bytecode", "load(code)()"),
    from_bytecode("loads bytecode and says so", 'load(code, "code", "bt")()'),
    from_bytecode("loads bytecode in pieces", [[(function()
      local i = 0
      return load(function() i = i + 1 return code:sub(i, i) end)()
    end)()]]),
    from_bytecode("loads bytecode from a file", "loadfile(file())()"),
    from_bytecode("runs bytecode of a file", "dofile(file())"),
    from_bytecode("requires bytecode", '(file() and require("chunk"))'),
    cheat("unpacks bytecode", [[
      local message = require("perilune.native.message")
      local function find(list) return naive(list) end
      local _, copy = message.unpack(message.pack(find))
      return { find_duplicates = copy }]]),
    cheat("says that integers are an open file", in_call([[
      debug.setmetatable(require("perilune.ints").new(8), getmetatable(io.stdout))
      return naive(list)]])),
    cheat("calls what has called it", in_call([[
      local level = 1
      while debug.getinfo(level, "S").what ~= "C" do level = level + 1 end
      return debug.getinfo(level, "f").func(naive, { { list, n = 1 } })[1][1] ]])),

    -- Speed.
    cheat("stops os.clock", [[
      os.clock, os.time = function() return 0 end, function() return 0 end
      return { find_duplicates = naive }]], "faster"),
    cheat("stops perilune's clocks", [[
      for _, name in ipairs({ "perilune.clock", "perilune.native.clock" }) do
        local clock = require(name)
        for key in pairs(clock) do clock[key] = function() return 0 end end
      end
      return { find_duplicates = naive }]], "faster"),
    cheat("gives the last result again", [[
      local last = {}
      return { find_duplicates = function(list)
        last[#list] = last[#list] or naive(list)
        return last[#list]
      end }]], "faster"),
    cheat("remembers the lists that it was given", [[
      local seen = {}
      return { find_duplicates = function(list)
        local key = list[1] .. ":" .. #list
        seen[key] = seen[key] or naive(list)
        return seen[key]
      end }]], "faster"),
    cheat("keeps results in a file", [[
      return { find_duplicates = function(list)
        local found = {}
        local file = io.open("found")
        if file then
          for line in file:lines() do found[#found + 1] = math.tointeger(line) end
          file:close()
          return found
        end
        found = naive(list)
        file = io.open("found", "w")
        for _, value in ipairs(found) do file:write(value, "\n") end
        file:close()
        return found
      end }]], "faster"),
    cheat("works in a finalizer, when the clock has stopped", [[
      return { find_duplicates = function(list)
        local found = {}
        setmetatable({}, { __gc = function()
          for i, value in ipairs(naive(list)) do found[i] = value end
        end })
        return found
      end }]], "faster"),
    cheat("works in a hook, when the clock has stopped", [[
      return { find_duplicates = function(list)
        local found, result = {}, nil
        debug.sethook(function()
          debug.sethook()
          result = naive(list)
          for i, value in ipairs(result) do found[i] = value end
        end, "", 1000000)
        return found
      end }]], "faster"),
    cheat("makes the collector wait for the next pair", [[
      collectgarbage("stop")
      return { find_duplicates = naive }]], "faster"),

    -- Growth.
    cheat("hides its instructions in a finalizer", [[
      return { find_duplicates = function(list)
        local found
        setmetatable({}, { __gc = function() found = naive(list) end })
        collectgarbage()
        return found
      end }]], "growth"),
    cheat("hides its instructions in a coroutine", [[
      return { find_duplicates = function(list)
        return coroutine.wrap(naive)(list)
      end }]], "growth"),
    cheat("takes the counting hook away", [[
      return { find_duplicates = function(list)
        debug.sethook()
        return naive(list)
      end }]], "growth"),

    -- What only the system can keep from it.
    cheat("runs the worked solution", [[
      local exercises = require("perilune.host").exercises
      return dofile(exercises .. "/02-duplicates/reference/solution.lua")]], "right", true),
    cheat("runs the script version's file", [[
      package.path = "@LUA@/?.lua"
      local path = package.searchpath("perilune.script.hashset", package.path)
      return { find_duplicates = dofile(path).duplicates }]], "right", true),
    cheat("computes what the judge expects with the judge's own code", [[
      local folder = require("perilune.host").exercises .. "/02-duplicates"
      local manifest = loadfile(folder .. "/exercise.lua")(folder)
      return { find_duplicates = manifest.expected }]], "right", true),
    cheat("reads the judge's memory", in_call([[
      local stat = io.open("/proc/self/stat")
      local parent = stat:read("a"):match("%) %S (%d+)")
      local memory = assert(io.open("/proc/" .. parent .. "/mem", "rb"))
      memory:close()
      return naive(list)]]), "right", true),
  },
}
