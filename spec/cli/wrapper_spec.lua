-- The wrapper at the root, run on a checkout of stand-ins: what it installs and
-- builds is written down by fakes of apt-get, cmake, ninja and the others.

local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$") or "."
local wrapper = here .. "/../../perilune"

local system_commands = {
  "sh", "env", "flock", "mkdir", "ln", "cat", "cksum", "tr", "readlink", "rm", "cp", "chmod",
  "getent", "grep", "cut", "sleep", "script",
}

local fakes = {
  id = "echo 0",
  cc = "exit 0",
  ["pkg-config"] = "exit 0",
  ["lua5.4"] = "exit 0",
  cmake = [[
    echo "cmake $*" >>"$LOG"
    while [ "$1" != -B ]; do shift; done
    : >"$2/build.ninja"]],
  ninja = [[
    [ "$3" != -n ] || { [ -e "$2/fresh" ] && echo "ninja: no work to do." || echo "[0/1]"; exit; }
    echo building >>"$LOG"
    sleep "${BUILD_TIME:-0}"
    [ -z "${LEFT_OUT:-}" ] || echo "perilune: left out"
    [ -z "${BROKEN:-}" ] || { echo "main.c:1: error"; exit 1; }
    cp "$PROGRAM" "$3/perilune" && : >"$3/fresh"
    echo built >>"$LOG"]],
  ["apt-get"] = [[
    echo "apt-get $*" >>"$LOG"
    case $* in *--simulate*) ;; *install*) cp "$SPARE/cmake" "$BIN/cmake" ;; esac]],
}

local program = [[
#!/bin/sh
[ "$1" != stdin ] || cat
[ "$1" != pwd ] || pwd
[ "$1" != arguments ] || printf '<%s>' "$@"
[ "$1" != descriptor ] || cat <&9
[ "$1" != exit ] || exit "$2"
]]

local quoted = require("perilune.shell").quoted

local function sh(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("a")
  local _, _, code = pipe:close()
  return output, code
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = io.open(path)
  if not file then return "" end
  local text = file:read("a")
  file:close()
  return text
end

describe("the wrapper", function()
  local folder, checkout, variables

  local function fake(directory, name)
    write(folder .. "/" .. directory .. "/" .. name, "#!/bin/sh\n" .. fakes[name] .. "\n")
  end

  local function remove(name)
    os.remove(folder .. "/bin/" .. name)
  end

  before_each(function()
    folder = sh("mktemp -d"):gsub("\n$", "")
    checkout = folder .. "/a check'out"
    sh("cd " .. quoted(folder) .. " && mkdir bin spare home " .. quoted(checkout))
    for name in pairs(fakes) do fake("bin", name) end
    fake("spare", "cmake")
    write(folder .. "/program", program)
    sh(("cp %s %s; cd %s && chmod +x program bin/* spare/*"):format(
      quoted(wrapper), quoted(checkout .. "/perilune"), quoted(folder)))
    sh(("for name in %s; do ln -s $(command -v $name) %s; done"):format(
      table.concat(system_commands, " "), quoted(folder .. "/bin/")))
    write(checkout .. "/CMakePresets.json", "{}")
    variables = {
      PATH = folder .. "/bin", BIN = folder .. "/bin", SPARE = folder .. "/spare",
      LOG = folder .. "/log", PROGRAM = folder .. "/program", HOME = folder .. "/home",
    }
  end)

  after_each(function()
    sh("rm -rf " .. quoted(folder))
  end)

  local function command(text)
    local words = { "env", "-i" }
    for name, value in pairs(variables) do words[#words + 1] = name .. "=" .. quoted(value) end
    words[#words + 1] = "sh -c " .. quoted(text)
    return table.concat(words, " ")
  end

  -- Runs a shell command, without a terminal.
  local function run(text)
    local errors = folder .. "/stderr"
    local output, code = sh(("%s </dev/null 2>%s"):format(command(text), quoted(errors)))
    return output, read(errors), code
  end

  local function perilune(arguments)
    return run(quoted(checkout .. "/perilune") .. " " .. (arguments or ""))
  end

  local function log()
    return read(folder .. "/log")
  end

  it("builds, says so on standard error, and runs the program", function()
    local output, errors, code = perilune("arguments '' 'a b' '*'")
    assert.equal("<arguments><><a b><*>", output)
    assert.matches("^perilune: building in [^\n]*\n$", errors)
    assert.equal(0, code)
  end)

  it("is silent and builds nothing when nothing is stale", function()
    perilune()
    os.remove(folder .. "/log")
    local output, errors = perilune()
    assert.same({ "", "", "" }, { output, errors, log() })
  end)

  it("passes the exit code through", function()
    assert.equal(7, select(3, perilune("exit 7")))
  end)

  it("leaves standard input and open descriptors to the program", function()
    perilune()
    local self = quoted(checkout .. "/perilune")
    assert.equal("in\n", (run("echo in | " .. self .. " stdin")))
    assert.equal("nine\n", (run("echo nine | { " .. self .. " descriptor 9<&0 </dev/null; }")))
  end)

  it("runs through a symbolic link, from any directory", function()
    sh(("mkdir %s; ln -s %s %s"):format(quoted(folder .. "/else where"),
      quoted(checkout .. "/perilune"), quoted(folder .. "/else where/p")))
    local output = run("cd " .. quoted(folder .. "/else where") .. " && ./p pwd")
    assert.equal(folder .. "/else where\n", output)
  end)

  it("configures a checkout that was moved anew", function()
    perilune()
    local moved = folder .. "/moved"
    os.rename(checkout, moved)
    os.remove(folder .. "/log")
    checkout = moved
    perilune()
    assert.matches("%-S " .. moved:gsub("%p", "%%%0") .. " ", log())
  end)

  it("builds in the user's cache when the checkout cannot be written", function()
    write(checkout .. "/build", "a file where the folder would be")
    local _, errors, code = perilune()
    assert.matches("/home/%.cache/perilune/", errors)
    assert.equal(0, code)
    assert.equal("", (select(2, perilune())))
  end)

  describe("where neither the checkout nor a cache can be written", function()
    before_each(function()
      local plain = folder .. "/plain" -- a build in a checkout of the other name is in the cache
      os.rename(checkout, plain)
      checkout = plain
    end)

    -- Also for root, who may write anywhere.
    local function close_folders()
      sh(("cd %s && rm -f .lock && mkdir -p .lock"):format(quoted(checkout .. "/build/release")))
      write(folder .. "/home/.cache", "a file where the folder would be")
      os.remove(folder .. "/log")
    end

    it("runs what is up to date", function()
      perilune()
      close_folders()
      assert.same({ "<arguments>", "", 0 }, { perilune("arguments") })
      assert.equal("", log())
    end)

    it("says what to do where that is not so", function()
      perilune()
      os.remove(checkout .. "/build/release/fresh")
      close_folders()
      local output, errors, code = perilune()
      assert.same({ "", 1, "" }, { output, code, log() })
      assert.matches("^perilune: there is no up%-to%-date build, and you may not make one", errors)
      assert.matches("\n  XDG_CACHE_HOME=/a/folder/of/yours [^\n]*/perilune\n", errors)
      variables.XDG_CACHE_HOME = folder .. "/own"
      assert.equal("<arguments>", (perilune("arguments")))
    end)
  end)

  it("shows what the compiler said when the build fails", function()
    variables.BROKEN = "1"
    local output, errors, code = perilune()
    assert.matches("main.c:1: error\nperilune: the build failed\n$", errors)
    assert.same({ "", 1 }, { output, code })
  end)

  it("says once what the build left out", function()
    variables.LEFT_OUT = "1"
    local _, errors = perilune()
    assert.matches("^perilune: building in [^\n]*\nperilune: left out\n$", errors)
    assert.equal("", (select(2, perilune())))
  end)

  it("builds once when two start at once", function()
    variables.BUILD_TIME = "0.2"
    local self = quoted(checkout .. "/perilune")
    run(self .. " & " .. self .. "; wait")
    local builds = select(2, log():gsub("building\nbuilt\n", ""))
    assert.equal(1, builds)
  end)

  it("gives an administrator's line when it may not ask", function()
    remove("cmake")
    remove("lua5.4")
    local output, errors, code = perilune()
    assert.same({ "", 1 }, { output, code })
    assert.matches("\nsudo apt%-get install cmake lua5.4 lua%-luv lua%-busted "
      .. "lua%-argparse lua%-dkjson\n$", errors)
    assert.equal("", log())
  end)

  it("lists what is missing where there is no apt-get", function()
    remove("cmake")
    remove("apt-get")
    local _, errors, code = perilune()
    assert.equal("perilune: missing here, by Debian's package names: cmake\n", errors)
    assert.equal(1, code)
  end)

  for name, value in pairs { PERILUNE_YES = "1", CI = "true" } do
    it("installs what is missing without asking when " .. name .. " is set", function()
      remove("cmake")
      variables[name] = value
      assert.equal("<arguments>", (perilune("arguments")))
      assert.matches("apt%-get install %-qq %-%-no%-install%-recommends cmake\n", log())
    end)
  end

  describe("on a terminal", function()
    local function answer(text)
      remove("cmake")
      local self = quoted(checkout .. "/perilune") .. " arguments"
      return (sh(("printf %s | %s"):format(quoted(text),
        command("script -qec " .. quoted(self) .. " /dev/null"))))
    end

    it("asks, naming the packages, and installs on yes", function()
      local output = answer("y\\n")
      assert.matches("missing: cmake\r\nInstall them with apt%-get%? %[y/N%] ", output)
      assert.matches("<arguments>", output)
    end)

    it("installs nothing on anything else", function()
      assert.matches("sudo apt%-get install cmake\r\n$", answer("\\n"))
      assert.equal("", log())
    end)
  end)
end)
