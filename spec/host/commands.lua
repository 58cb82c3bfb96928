--- Command lines that the program must answer as lua5.4 does; see twin.lua for their fields.
--- A name ends the sentence "the program, beside lua5.4, ...".
local SHOW <const> = 'print(select("#", ...), ...) for i = -9, #arg do print(i, arg[i]) end'
-- A finaliser runs without hooks: however early the signal comes, it stops the loop, not `print`.
local READY <const> = 'setmetatable({}, {__gc = function() print("ready") io.stdout:flush() end})'
local SPIN <const> = READY .. " while true do local _ = {} end\n"
local INTERRUPT <const> = 'local uv = require("luv") uv.kill(uv.os_getpid(), "sigint")\n'
local SESSION <const> = [[
x = 1
x
= x + 1
print(
3)
a b
error({})
error("text")
return 1, nil, "a"
nil
local l = 5; print(l)
print(l)
for i = 1, 2 do
  io.write(i, "\n")
end
function f() error("in f") end
f()
"unclosed
setmetatable({}, {__tostring = function() return "an object" end})
setmetatable({}, {__tostring = function() error("no text") end})
warn("@on") warn("w")
print = nil
5
]]

---@type Command[]
return {
  -- options
  { name = "runs -e", args = { "-e", "print(1)" } },
  { name = "runs several -e in order", args = { "-e", "x = 1", "-e", "print(x)", "-e", "x = 2" } },
  { name = "runs a joined -e", args = { "-eprint('joined')", "-e print('with a blank')" } },
  { name = "stops at the first -e that fails", args = { "-e", "error('E')", "-e", "print(2)" } },
  { name = "reports a syntax error in -e", args = { "-e", "x =" } },
  { name = "gives -e no arguments of the script", args = { "-e", SHOW, "s.lua", "a" },
    files = { ["s.lua"] = SHOW } },
  { name = "runs -e and then the script", args = { "-e", "g = 1", "s.lua" },
    files = { ["s.lua"] = "print(g)" } },
  { name = "misses the argument of -e", args = { "-e" } },
  { name = "misses the argument of -l", args = { "-l" } },
  { name = "takes no option for the argument of -e", args = { "-e", "-v" } },
  { name = "takes no option for the argument of -l", args = { "-l", "-" } },
  { name = "takes an empty -e", args = { "-e", "" } },
  { name = "refuses an option it does not know", args = { "-x" } },
  -- Long options are our own; a misuse of them is exit code 2, as in every command.
  { name = "refuses a long option", args = { "--nothing" }, ours = { code = 2, signal = 0,
    stdout = "", stderr = "perilune: unknown option '--nothing' (perilune run -h)\n" } },
  { name = "refuses letters after -i", args = { "-ix" } },
  { name = "refuses letters after -v", args = { "-vv" } },
  { name = "refuses letters after -E", args = { "-Ex" } },
  { name = "refuses letters after -W", args = { "-W1" } },
  { name = "checks all options before it runs one", args = { "-e", "print(1)", "-y" } },
  { name = "prints its version", args = { "-v" } },
  { name = "prints its version and runs -e", args = { "-v", "-e", "print(2)" } },
  { name = "prints its version and runs a script", args = { "-v", "s.lua" },
    files = { ["s.lua"] = "print(3)" } },
  { name = "loads a module with -l", args = { "-l", "m", "-e", "print(m.x, package.loaded.m.x)" },
    files = { ["m.lua"] = "print(...) return {x = 7}" } },
  { name = "loads a module with a joined -l", args = { "-lm", "-e", "print(m)" },
    files = { ["m.lua"] = "return 'value'" } },
  { name = "loads a module with -l under another name", args = { "-l", "g=m", "-e", "print(g, m)" },
    files = { ["m.lua"] = "return 'value'" } },
  { name = "loads a submodule with -l",
    args = { "-e", "package.preload['a.b'] = function() return 5 end", "-la.b",
      "-e", "print(_G['a.b'], a)" } },
  { name = "misses a module of -l", args = { "-l", "no.such.module" } },
  { name = "reports an error in a module of -l", args = { "-l", "m" },
    files = { ["m.lua"] = "local t = nil\nreturn t.x" } },
  { name = "turns warnings on with -W", args = { "-W", "-e", "warn('shown')" } },
  { name = "leaves warnings off", args = { "-e", "warn('not shown')" } },
  { name = "turns warnings on after -e", args = { "-e", "warn('off')", "-W", "-e", "warn('on')" } },
  { name = "turns warnings on for its input", args = { "-W" }, stdin = "warn('w') print(...)" },
  { name = "ends options with --", args = { "--", "s.lua", "-v" }, files = { ["s.lua"] = SHOW } },
  { name = "ends options with -- and no script", args = { "--" }, stdin = "print(...)" },
  { name = "takes a script that begins with a dash after --", args = { "--", "-s.lua" },
    files = { ["-s.lua"] = SHOW } },
  { name = "passes options after the script on", args = { "s.lua", "-e", "x", "-", "--", "-v" },
    files = { ["s.lua"] = SHOW } },
  { name = "passes blanks and empty arguments on", args = { "s.lua", "", "a b", "\n", "é" },
    files = { ["s.lua"] = SHOW } },
  { name = "numbers options below zero", args = { "-W", "-e", "", "-l", "m", "s.lua", "x" },
    files = { ["s.lua"] = SHOW, ["m.lua"] = "" } },
  { name = "fills arg without a script", args = { "-e", SHOW, "-W" } },
  { name = "fills arg with -", args = { "-", "a", "b" }, stdin = SHOW },
  { name = "spreads a changed arg", args = { "-e", "arg[2] = 'y' arg[3] = 'z'", "s.lua", "x" },
    files = { ["s.lua"] = "print(...)" } },
  { name = "refuses an arg that is no table", args = { "-e", "arg = 1", "s.lua" },
    files = { ["s.lua"] = "print(...)" } },

  -- scripts
  { name = "reads the script from its input", args = {}, stdin = "print('from', ...)" },
  { name = "reads the script from -", args = { "-" },
    stdin = "#!first line\nprint(2)\nerror('E')" },
  { name = "finds a syntax error in its input", args = { "-" }, stdin = "x = = 1" },
  { name = "skips a first line with #", args = { "s.lua" },
    files = { ["s.lua"] = "#!/usr/bin/env lua5.4\nprint(debug.getinfo(1, 'l').currentline)" } },
  { name = "skips a byte order mark", args = { "s.lua" },
    files = { ["s.lua"] = "\xEF\xBB\xBF#!x\nprint(1) error('line 2')" } },
  { name = "runs bytecode", args = { "-e", [[
    local f = io.open("s.luac", "wb")
    f:write(string.dump(load("print(...) error('in bytecode')", "@s.lua"))) f:close()
    os.execute("perilune s.luac a b")
  ]] } },
  { name = "runs stripped bytecode", shell = [[
    perilune -e 'io.write(string.dump(load("local t = nil; print(t.x)"), true))' >s.luac
    perilune s.luac; echo $?
  ]] },
  { name = "refuses broken bytecode", args = { "./s.luac" }, files = { ["s.luac"] = "\27Lua" } },
  { name = "refuses a directory", args = { "./." } },
  { name = "misses a script", args = { "./missing.lua" } },
  { name = "may not read a script", args = { "/proc/self/mem" } },
  { name = "runs a script whose name has blanks", args = { "./a script.lua", "x" },
    files = { ["a script.lua"] = SHOW .. " error('E')" } },
  { name = "runs a script in another folder", files = { ["s.lua"] = "error(arg[0])" },
    shell = "mkdir d; mv s.lua d; perilune d/./s.lua; echo $?; rm -r d" },
  { name = "shortens a long script name", args = { "./" .. ("n"):rep(90) .. ".lua" },
    files = { [("n"):rep(90) .. ".lua"] = "error('E')" } },
  { name = "runs an empty script", args = { "s.lua" }, files = { ["s.lua"] = "" } },
  { name = "finds modules beside the script", args = { "s.lua" },
    files = { ["s.lua"] = "print(require('m'))", ["m.lua"] = "return ..." } },
  { name = "runs a script through its first line", shell = [[
    printf '#!/usr/bin/env perilune\nprint(...)\nerror("E")' >s; chmod +x s; ./s a; echo $?
  ]] },
  { name = "runs a script through `run`", args = { "s.lua", "-v", "a" },
    host = { "run", "s.lua", "-v", "a" },
    files = { ["s.lua"] = "print(#arg, arg[0], ...) error('E')" } },
  { name = "runs a script with a plain name through `run`", args = { "plain" },
    host = { "run", "plain" }, files = { ["plain"] = "os.exit(7, true)" } },
  { name = "misses a script of `run`", args = { "missing" }, host = { "run", "missing" } },
  { name = "takes options through `run`", args = { "-W", "-e", "warn('w')", "s.lua" },
    host = { "run", "-W", "-e", "warn('w')", "s.lua" }, files = { ["s.lua"] = "print(...)" } },

  -- environment
  { name = "runs LUA_INIT", args = { "-e", "print(x)" }, env = { LUA_INIT = "x = 1" } },
  { name = "runs the file of LUA_INIT", args = { "-e", "print(x)" }, env = { LUA_INIT = "@i.lua" },
    files = { ["i.lua"] = "x = select('#', ...) print(arg[0])" } },
  { name = "prefers LUA_INIT_5_4", args = { "-e", "print(x)" },
    env = { LUA_INIT = "x = 1", LUA_INIT_5_4 = "x = 54" } },
  { name = "fails with LUA_INIT", args = { "-e", "print(1)" }, env = { LUA_INIT = "error('E')" } },
  { name = "cannot parse LUA_INIT", args = { "-v" }, env = { LUA_INIT = "x =" } },
  { name = "cannot parse LUA_INIT_5_4", args = { "-v" }, env = { LUA_INIT_5_4 = "x =" } },
  { name = "misses the file of LUA_INIT", args = { "-v" }, env = { LUA_INIT = "@none.lua" } },
  { name = "ignores the environment with -E",
    args = { "-E", "-e", "print(x, package.path, package.cpath)" },
    env = { LUA_INIT = "x = 1", LUA_PATH = "no", LUA_CPATH_5_4 = "no" } },
  { name = "joins -E and other options", args = { "-E", "-W", "-e", "warn(tostring(x))" },
    env = { LUA_INIT = "x = 1" } },
  { name = "takes LUA_PATH", args = { "-e", "print(package.path)" }, env = { LUA_PATH = "a;;b" } },
  { name = "prefers LUA_PATH_5_4", args = { "-e", "print(package.path) require('m')" },
    env = { LUA_PATH = "no", LUA_PATH_5_4 = ";;./?.x" },
    files = { ["m.x"] = "print('m.x', ...)" } },
  { name = "takes LUA_CPATH", args = { "-e", "print(package.cpath)" },
    env = { LUA_CPATH = "x;;" } },
  { name = "prefers LUA_CPATH_5_4", args = { "-e", "print(package.cpath)" },
    env = { LUA_CPATH = "no", LUA_CPATH_5_4 = "yes" } },
  { name = "keeps the locale C", args = { "-e", "print(os.setlocale(), 1.5)" },
    env = { LC_ALL = "C.UTF-8" } },

  -- at the prompt
  { name = "answers at the prompt", args = { "-i" }, stdin = SESSION },
  { name = "leaves an unfinished line", shell = [[printf 'x = {\n1,\n' | perilune -i 2>&-]] },
  { name = "takes a last line without its end", args = { "-i" }, stdin = "print(1)\nprint(2)" },
  { name = "drops zero bytes at the prompt", args = { "-i" }, stdin = "print('a\0b')\n\0\n1\n" },
  { name = "leaves the prompt by os.exit", args = { "-i" },
    stdin = "print(1)\nos.exit(3)\nprint(2)" },
  { name = "says the prompt it is told", args = { "-i", "-e", "_PROMPT, _PROMPT2 = 'lua: ', 5" },
    stdin = "x = 1\nif x then\nprint(x)\nend\n_PROMPT = PROMPT\n",
    env = { LUA_INIT = "PROMPT = setmetatable({}, {__tostring = function() return '! ' end})" } },
  { name = "runs the script before the prompt", args = { "-i", "s.lua", "a" },
    stdin = "print(x, arg[1])\n", files = { ["s.lua"] = "x = ... print(x)" } },
  { name = "comes to the prompt after a failed script", args = { "-i", "s.lua" }, stdin = "1\n",
    files = { ["s.lua"] = "error('E')" } },
  { name = "needs no version twice", args = { "-i", "-v" }, stdin = "1\n" },
  { name = "closes its state after the prompt", args = { "-i" },
    stdin = "x = setmetatable({}, {__gc = function() io.write('closed\\n') end})\n" },
  { name = "warns at the prompt", args = { "-W", "-i" }, stdin = "warn('w')\n" },

  -- streams
  { name = "passes bytes on", args = { "-e", [[io.write("a\0b\255\r\n", ("x"):rep(70000))]] } },
  { name = "keeps the order of its two streams", shell = "perilune s.lua 2>&1", files = {
    ["s.lua"] = "io.stdout:setvbuf('no') print(1) io.stderr:write('2\\n') print(3) error('4')" } },
  { name = "prints to a closed output", shell = "perilune s.lua >&-; echo $? >&2", files = {
    ["s.lua"] = "io.write('x') io.stderr:write(tostring(io.stdout:flush()), '\\n') print(1)" } },
  { name = "prints to a full device", shell = "perilune s.lua >/dev/full; echo $? >&2", files = {
    ["s.lua"] = "print(1) io.stderr:write(tostring(select(2, io.stdout:flush())), '\\n')" } },
  { name = "fails with its errors closed", shell = "perilune -e 'error(1)' 2>&-; echo $?" },
  { name = "reads a closed input", shell = [[perilune -e 'print(io.read("a"))' <&-; echo $?]] },
  { name = "runs a closed input", shell = "perilune - <&-; echo $?" },
  { name = "lets the script close its output", args = { "s.lua" }, files = {
    ["s.lua"] = "print(io.stdout:close()) io.stderr:write(tostring(pcall(print, 2)), '\\n')" } },
  { name = "dies of a broken pipe", shell = [[
    (perilune -e 'for i = 1, 1e6 do print(i) end'; echo $? >&2) | head -n 1
  ]] },
  { name = "reads what the shell wrote",
    shell = [[echo "a b" | perilune -e 'print(io.read("a"))']] },
  { name = "answers a pipe at the prompt", shell = [[printf '1\n2' | perilune -i 2>&1]] },

  { name = "reports an error before it closes the state", shell = "perilune s.lua 2>&1",
    files = { ["s.lua"] = "x = setmetatable({}, {__gc = print}) error('E')" } },
  { name = "keeps a hook from one -e to the next", args = {
    "-e", "debug.sethook(function(e) print(e, debug.getinfo(2, 'S').what) end, 'cr')",
    "-e", "x = 1", "-l", "string", "s.lua" }, files = { ["s.lua"] = "print(...)" } },
  { name = "keeps a hook at the prompt", args = { "-i" },
    stdin = "debug.sethook(function(e) print(e) end, 'cr')\n1\nx =\nerror('E')\n" },

  -- exit codes and signals
  { name = "ends with a script's code", args = { "-e", "os.exit(42)" } },
  { name = "ends with a failure", args = { "-e", "os.exit(false)" } },
  { name = "ends with a success of os.exit", args = { "-e", "os.exit(true, true)" } },
  { name = "wraps a large code", args = { "-e", "os.exit(-1)" } },
  { name = "ignores what the script returns", args = { "s.lua" },
    files = { ["s.lua"] = "return 5" } },
  { name = "is killed by its own signal",
    args = { "-e", "os.execute('kill -TERM $PPID') while true do end" } },
  { name = "tells the shell what killed it",
    shell = "perilune -e 'os.execute([[kill -ABRT $PPID]]) while 1 do end'; echo $?" },
  { name = "is interrupted in a loop", args = { "s.lua" }, signal = "sigint",
    files = { ["s.lua"] = SPIN } },
  { name = "is interrupted in a function", args = { "s.lua" }, signal = "sigint",
    files = { ["s.lua"] = "local function f()\n" .. SPIN .. "end f()" } },
  { name = "is interrupted in -e", args = { "-e", SPIN }, signal = "sigint" },
  { name = "is interrupted in its input", args = { "-" }, signal = "sigint", stdin = SPIN },
  { name = "catches an interrupt", args = { "s.lua" }, signal = "sigint",
    files = { ["s.lua"] = "print(pcall(function() " .. SPIN .. " end)) print(debug.gethook())" } },
  { name = "closes variables of an interrupted script", args = { "s.lua" }, signal = "sigint",
    files = { ["s.lua"] = "local c <close> = setmetatable({}, {__close = print}) " .. SPIN } },
  -- The script's own hook outlives an interrupt; lua5.4 drops it.
  { name = "is interrupted while the script has a hook", args = { "s.lua" }, signal = "sigint",
    files = { ["s.lua"] = "debug.sethook(function() end, 'crl', 100)\nprint(pcall(function() "
      .. SPIN .. " end)) print(select(2, debug.gethook()))" },
    ours = { code = 0, signal = 0, stdout = "ready\nfalse\tinterrupted!\ncrl\t100\n",
      stderr = "" } },
  -- The running coroutine is interrupted, loop and all; lua5.4 reaches the main thread alone.
  { name = "is interrupted in a coroutine", args = { "s.lua" }, ours = { code = 0, signal = 0,
      stdout = "false\ts.lua:1: interrupted!\nmain\n", stderr = "" },
    files = { ["s.lua"] = "print(coroutine.resume(coroutine.create(function() " .. INTERRUPT
      .. " return 'finished' end))) print('main')" } },
  { name = "is interrupted at the call that raised it", args = { "s.lua" },
    files = { ["s.lua"] = INTERRUPT .. "print('not reached')" } },
  { name = "dies of a second interrupt", args = { "s.lua" },
    files = { ["s.lua"] = "print(pcall(function() " .. INTERRUPT .. " end)) io.stdout:flush() "
      .. INTERRUPT } },
  { name = "hangs up quietly", args = { "s.lua" }, signal = "sighup",
    files = { ["s.lua"] = SPIN } },
  { name = "closes a coroutine's variables only when it is closed", args = { "-e",
    "co = coroutine.wrap(function() local c <close> = setmetatable({}, {__close = print}) "
      .. "coroutine.yield() end) co()" } },
  { name = "ends with a finaliser that fails", args = { "-W", "-e",
    "x = setmetatable({}, {__gc = function() error('in gc') end})" } },
  { name = "ends with an error that has no text", args = { "-e",
    "error(setmetatable({}, {__tostring = function() error('twice') end}))" } },
  { name = "debugs", args = { "-e", "debug.debug() print(x)" },
    stdin = "x = 5\nprint(x)\n= 1\nerror('E')\ncont\nnot read" },
  { name = "is interrupted at the prompt's loop", args = { "-i" }, signal = "sigint",
    stdin = READY .. "\nwhile true do t = {} end\nprint('still here')\n" },
}
