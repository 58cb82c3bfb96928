--- The prompt, at a terminal that `script` makes. Piped input is lua_spec's.
local uv = require("luv")
local program = require("spec.cli.program")
local quoted = require("perilune.shell").quoted

local PATIENCE <const> = 60000 -- ms until what hangs is ended
local PROMPT <const> = "\n>>? $" -- readline draws a line anew after a carriage return
local UP <const>, TAB <const>, INTERRUPT <const> = "\27[A", "\t", "\3"

describe("the prompt", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  end

  local folder

  setup(function() folder = program.folder() end)
  teardown(function() program.remove(folder) end)

  --- What the terminal shows when lines are typed, each when the last one has been answered. In a
  --- line, keys after a `|` wait until what is before it is shown; where nothing is before it,
  --- until a line that says "runs." is.
  local function typed(lines, ...)
    local input, output, shown = uv.new_pipe(false), uv.new_pipe(false), ""
    local process, ended, guard = nil, nil, uv.new_timer()
    local command = { quoted(program.path), ... }
    process = assert(uv.spawn("script", {
      args = { "-qec", table.concat(command, " "), "/dev/null" }, cwd = folder,
      env = { "HOME=" .. folder, "TERM=dumb", "PATH=" .. os.getenv("PATH") },
      stdio = { input, output, nil },
    }, function(_, signal)
      ended = signal == 0
      process:close()
      guard:close()
    end))
    guard:start(PATIENCE, 0, function() process:kill("sigkill") end)
    local steps = {}
    for line in (lines .. "\n"):gmatch("([^\n]*)\n") do
      local first, rest = line:match("^(.-)|(.*)$")
      if first == "" then
        steps[#steps + 1] = { "\nruns%.\r?\n$", rest }
      else
        steps[#steps + 1] = { PROMPT, (first or line) .. (first and "" or "\n") }
        if first then steps[#steps + 1] = { first:sub(-1) .. " ?$", rest .. "\n" } end
      end
    end
    steps[#steps + 1] = { PROMPT, "\4" }
    output:read_start(function(_, bytes)
      if not bytes then return output:close(), input:close() end
      shown = shown .. bytes
      if steps[1] and shown:find(steps[1][1]) then input:write(table.remove(steps, 1)[2]) end
    end)
    uv.run()
    shown = shown:gsub("[\r\7]", "")
    assert.is_true(ended, shown)
    return shown
  end

  local function shows(text, ...)
    local output = typed(...)
    assert.truthy(output:find(text, 1, true), output)
  end

  it("comes without arguments and with -i", function()
    shows("\n42\n", "6 * 7")
    shows("\n42\n", "x * 7", "-e", "'x = 6'", "-i")
  end)

  it("shows results in full", function()
    local output = typed("{ 1, { a = 'x\\ny' } }, nil, 'b'\nlocal t = {} t.t = t return t\n"
      .. "_G.long = {} for i = 1, 30 do long[i] = i * 1000 end\nlong\nlong.x = {} return long")
    assert.truthy(output:find('{ 1, { a = "x\\ny" } }\tnil\t"b"\n', 1, true), output)
    assert.truthy(output:find("{ t = <table: [^\n]*, above> }\n"), output)
    local first = output:match("{\n(  1000, 2000, [^\n]*,)\n  %d+, [^\n]*\n  [^\n]* 30000\n}\n")
    assert.is_true(first and #first > 70 and #first <= 80, output)
    assert.truthy(output:find(" 30000,\n  x = {}\n}\n", 1, true), output)
  end)

  it("shows tables that are raised as it shows results, with where that was", function()
    local output = typed("function f() error { code = 'none', { 1, 2 } } end\nf()\n"
      .. "error(setmetatable({}, { __tostring = function() return 'as text' end }))\n"
      .. ":time f()\n:memory f()")
    assert.truthy(output:find('\n{ { 1, 2 }, code = "none" }\nstack traceback:\n'
      .. "\t[C]: in function 'error'\n\tstdin:1: in function 'f'\n", 1, true), output)
    assert.truthy(output:find("\nas text\n", 1, true), output)
    local _, count = output:gsub('\n{ { 1, 2 }, code = "none" }\n', "\n")
    assert.equal(3, count)
  end)

  it("takes statements over several lines, and what comes before again", function()
    shows("\n7\n", "do\nn = 7\nend\nn")
    shows("\n{ 1, 42 }\n", "{ 1,\n6 *\n7 }")
    shows("\n8\n", "math.max(\n8)")
    shows("\nstdin:1: unexpected symbol near '1'\n", "1 +\n)")
    local _, count = typed("1 + 70\n" .. UP):gsub("\n71\n", "\n")
    assert.equal(2, count)
  end)

  it("completes fields, methods, words, modules and its own commands", function()
    shows('\n"3"\n', "string.forma" .. TAB .. "('%d', 3)")
    shows("\n97\n", "s = 'a' s:byt" .. TAB .. "()\nreturn s:byt" .. TAB .. "()")
    shows("\nyes\n", "functio" .. TAB .. " f() print('yes') end f()")
    shows("> require 'perilune.hashset'", "require '" .. "perilune.hashs" .. TAB)
    shows("the median of", ":tim" .. TAB .. " 1")
  end)

  it("completes without calling what a field's owner would", function()
    shows("\n1 calls\n", "n = 0 t = setmetatable({}, {__index = function() n = n + 1 end})\nt.x"
      .. TAB .. "\nprint(n .. ' calls')")
  end)

  it("gives up a line at Ctrl-C, and remembers lines from run to run", function()
    shows("\n11\n", "1 + |" .. INTERRUPT .. "\n5 + 6")
    typed("remembered = 'once'\nos.exit(0)")
    local read = "for l in io.lines('.local/state/perilune/history') do print(l) end"
    shows("\nremembered = 'once'\nos.exit(0)\n" .. read .. "\n", read)
  end)

  it("times, profiles and weighs an expression", function()
    local output = typed("function f(n) return n < 2 and n or f(n - 1) + f(n - 2) end\n"
      .. ":time f(5)\n:profile f(10)\n:memory ('x'):rep(1000000)")
    assert.truthy(output:find("the median of 21 runs of", 1, true), output)
    assert.truthy(output:find("177/1 .* f  %(stdin%):1\n"), output)
    assert.truthy(output:find("MiB allocated in %d+ blocks; [%d.]+ MiB more at the peak"), output)
    assert.falsy(output:find("prompt/ask", 1, true), output)
  end)

  it("ends what is timed, profiled or weighed at Ctrl-C", function()
    for _, name in ipairs({ ":time", ":profile", ":memory" }) do
      local output = typed(name .. " (function() print('runs.') while true do end end)()\n|"
        .. INTERRUPT .. "\n1 + 2")
      assert.truthy(output:find("interrupted!\n> 1 + 2\n3\n", 1, true), output)
      assert.falsy(output:find(":%d+: interrupted!"), output)
    end
  end)

  it("says what is wrong without a traceback", function()
    local output = typed(":tme 1\n:time\n:time x x\n:profile error('oh', 0)\n:help")
    for _, line in ipairs({ "no command ':tme'; did you mean ':time'?",
      "an expression, or statements, follow the command", "stdin:1: syntax error near 'x'", "oh",
      "  :memory EXPR   call it once: what it allocates, and what stays" }) do
      assert.truthy(output:find("\n" .. line .. "\n", 1, true), output)
    end
    assert.falsy(output:find("traceback", 1, true), output)
  end)
end)
