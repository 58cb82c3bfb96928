--- What `cmake --install` puts under a prefix works there, and goes again.
local uv = require("luv")
local files = require("perilune.lab.files")
local pages = require("spec.cli.pages")
local program = require("spec.cli.program")
local quoted = require("perilune.shell").quoted

local MANIFEST <const> = pages.build .. "/install_manifest.txt"

--- A prefix's file, wherever libraries are.
local function find(prefix, name)
  local pipe <close> = assert(io.popen(("find %s -name %s"):format(quoted(prefix), name)))
  return pipe:read("l")
end

describe("an installation", function()
  if not files.kind(pages.build .. "/cmake_install.cmake") then
    pending("not run inside a build")
    return
  end

  local sanitized = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
  local folder, prefix, kept

  --- Output of a command line that succeeds; `$prefix` is the prefix.
  local function run(command)
    local line = ("prefix=%s\n%s"):format(quoted(prefix), command)
    local output, code = pages.shell(line, folder)
    assert.equal(0, code, output)
    return output
  end

  setup(function()
    folder = program.folder()
    prefix = folder .. "/pre fix+"
    kept = files.kind(MANIFEST) and pages.read(MANIFEST)
    run(("cmake --install %s --prefix \"$prefix\" >/dev/null"):format(quoted(pages.build)))
  end)

  teardown(function()
    os.remove(MANIFEST)
    if kept then assert(files.write(MANIFEST, kept)) end
    program.remove(folder)
  end)

  it("has a program with its version, its exercises and its page of profiles", function()
    local version = require("perilune.host").version
    local said = run('"$prefix/bin/perilune" --version')
    assert.equal(version, said:match("^perilune (%S+) %(Lua 5.4"))
    assert.equal(prefix .. "/share/perilune/exercises\n",
      run([["$prefix/bin/perilune" -e 'print(require("perilune.host").exercises)']]))
    run('"$prefix/bin/perilune" start 1')
    if files.kind(pages.build .. "/share/perilune/profile.html") then
      run([[echo 'print(1)' >one.lua; "$prefix/bin/perilune" profile -o one.html one.lua]])
      assert.truthy(pages.read(folder .. "/one.html"):find("speedscope", 1, true))
    end
  end)

  it("has every module in Lua and in C, which load in stock lua5.4", function()
    if sanitized then pending("a sanitized module needs a sanitized interpreter") end
    local output = run([[
      c=$(dirname "$(find "$prefix" -name recorder.so)")
      export LUA_PATH="$prefix/share/lua/5.4/?.lua;/usr/share/lua/5.4/?.lua"
      export LUA_CPATH="${c%/perilune}/?.so;$(lua5.4 -e 'print(package.cpath)')"
      (cd "$prefix/share/lua/5.4"; find perilune -name '*.lua'; cd "${c%/perilune}"
        find perilune -name '*.so') | sed 's/\.[a-z]*$//; s|/|.|g' | sort >modules.txt
      lua5.4 -e 'local n = 0
        local special = {["perilune.auto"] = true, ["perilune.heap"] = true}
        for name in io.lines("modules.txt") do
          if not special[name] then require(name) end
          n = n + 1
        end
        print(n > 100)
        print(select(2, pcall(require, "perilune.heap")))']])
    assert.equal("true\nperilune.heap asks the allocator of a host: "
      .. "run the program by `perilune`\n", output)
  end)

  it("serves a newcomer's first hour", function()
    if sanitized then pending("a sanitized module needs a sanitized interpreter") end
    assert(files.make_folder(folder .. "/work"))
    local here = assert(uv.cwd())
    assert.truthy(run(("cd work && sh %s \"$prefix\" %s"):format(
      quoted(here .. "/spec/host/newcomer.sh"), quoted(here .. "/docs/embedding.md")))
      :find("a newcomer: all went well\n$"))
  end)

  describe("for a program in C", function()
    local flags = pages.flags()

    setup(function()
      assert(files.make_folder(folder .. "/a program"))
      assert(files.write(folder .. "/a program/run.c",
        pages.blocks("docs/embedding.md", "c")[1]))
      assert(files.write(folder .. "/two.lua", "print(1 + 1)"))
    end)

    local function configure(text)
      assert(files.write(folder .. "/a program/CMakeLists.txt", text))
      return pages.shell(('cmake -S "a program" -B "a build" -DCMAKE_PREFIX_PATH=%s %s'):format(
        quoted(prefix), quoted("-DCMAKE_C_FLAGS=" .. flags)), folder)
    end

    it("is found by CMake's find_package, whatever else the project calls LUA", function()
      local output, code = configure([[
        cmake_minimum_required(VERSION 3.5)
        set(CMAKE_C_COMPILER_WORKS TRUE)
        project(embedding C)
        find_package(PkgConfig REQUIRED)
        pkg_check_modules(LUA REQUIRED IMPORTED_TARGET libcurl)
        find_package(perilune 0.1 REQUIRED)
        add_executable(run run.c)
        target_link_libraries(run PRIVATE perilune::perilune)]])
      assert.equal(0, code, output)
      run('cmake --build "a build"')
      assert.equal("2\n", run("'a build/run' two.lua"))
    end)

    it("tells CMake what is missing, and leaves it to the project", function()
      local output, code = configure([[
        cmake_minimum_required(VERSION 3.25)
        set(CMAKE_C_COMPILER_WORKS TRUE)
        project(embedding C)
        set(ENV{PKG_CONFIG_LIBDIR} /nowhere)
        unset(LUA54_FOUND CACHE)
        find_package(perilune)
        if(perilune_FOUND)
          message(FATAL_ERROR found)
        endif()]])
      assert.equal(0, code, output)
      assert.truthy(output:gsub("%s+", " "):find("lua5.4 is missing: apt-get install", 1, true),
        output)
    end)

    it("is found by pkg-config, to be linked statically and in C++ too", function()
      local c = run("command -v c++ || true") ~= "" and "c++ -x c++ -std=c++11" or "cc"
      for _, static in ipairs({ "", "--static " }) do
        run(([[
          export PKG_CONFIG_PATH="$(dirname "$(find "$prefix" -name perilune.pc)")"
          eval "%s -Wall -Wextra -Wpedantic -Werror %s 'a program/run.c' -x none -o run2 \
            $(pkg-config %s--cflags --libs perilune)"]]):format(c, flags, static))
        assert.equal("2\n", run("./run2 two.lua"))
      end
    end)
  end)

  it("has a manual that knows every command and option of the help", function()
    local manual = pages.read(prefix .. "/share/man/man1/perilune.1"):gsub("\\%-", "-")
    for _, name in ipairs({ "list", "run", "profile", "stats", "memory", "test", "completion" }) do
      local section = manual:match("\n%.SS perilune " .. name .. "\n(.-)\n%.S[SH] ")
      local help = program.run({ name, "-h" }, folder).out:gsub("^.-\n%s*\n", "")
      for option in help:gmatch("\n%s+.-(%-%-[%l-]+)%f[^%l-]") do
        assert.truthy(section:find(option, 1, true), name .. " " .. option)
      end
    end
    local _, code = pages.shell("command -v man >/dev/null", folder)
    if code == 0 then
      assert.equal("", run('man -l --warnings "$prefix/share/man/man1/perilune.1" 2>&1 >/dev/null'))
    end
  end)

  it("completes commands and options in bash, and has scripts for zsh and fish", function()
    local function completions(...)
      return run(([[cat >complete.sh <<'EOF'
        . "$1"
        COMP_WORDS=(%s)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _perilune
        echo "${COMPREPLY[*]}"
EOF
        bash complete.sh "$prefix/share/bash-completion/completions/perilune"]]):format(
        table.concat({ ... }, " ")))
    end
    assert.equal("start stats\n", completions("perilune", "sta"))
    assert.equal("--memory --memory-limit\n", completions("perilune", "profile", "--mem"))
    assert.equal("--memory-limit\n", completions("perilune", "run", "--mem"))
    assert.equal("--exclude-pattern --exclude-tags\n", completions("perilune", "test", "--excl"))
    assert.equal("bash zsh fish\n", completions("perilune", "completion", "''"))
    assert.equal("profile\n", completions("perilune", "help", "pro"))
    assert.equal("line function stack\n", completions("perilune", "memory", "--by", "''"))
    assert.equal("speedscope\n", completions("perilune", "profile", "--format", "sp"))
    assert.equal("\n", completions("perilune", "profile", "--version"))
    -- A file, with a blank in its name, is bash's own to complete.
    run("touch 'a file'")
    assert.equal("\n", completions("perilune", "profile", "-o", "a"))
    for shell, path in pairs({ zsh = "zsh/site-functions/_perilune",
      fish = "fish/vendor_completions.d/perilune.fish" }) do
      assert.equal(pages.read(prefix .. "/share/" .. path),
        program.run({ "completion", shell }, folder).out)
      run(("! command -v %s >/dev/null || %s -n \"$prefix/share/%s\""):format(shell, shell, path))
    end
  end)

  it("completes files in zsh where a script may stand", function()
    local script = program.run({ "completion", "zsh" }, folder).out
    assert.truthy(script:find("'files:script:_files'", 1, true))
    local words = "--by[What a row is\\: line, function, stack]: :(line function stack)"
    assert.truthy(script:find(words, 1, true))
    assert.falsy(script:find("options=%(%s*%$options"))
    if run("command -v zsh || true") ~= "" then
      assert.equal("_perilune\n", run([[zsh -fc 'autoload -Uz compinit; compinit -u -d dump
        . "$1/share/zsh/site-functions/_perilune"; echo $_comps[perilune]' - "$prefix"]]))
    end
  end)

  it("completes in fish, files too where a script may stand", function()
    if run("command -v fish || true") == "" then pending("fish is not installed") end
    run("echo 'print(1)' >apple.lua")
    local function completions(line)
      local said = run(([[fish -N -c 'source "$argv[1]"; complete -C "%s"' \
        "$prefix/share/fish/vendor_completions.d/perilune.fish" | cut -f 1]]):format(line))
      return (said:gsub("\n", " "))
    end
    assert.equal("start stats ", completions("perilune sta"))
    assert.equal("apple.lua ", completions("perilune appl"))
    assert.equal("--memory --memory-limit ", completions("perilune profile --mem"))
    assert.equal("bash fish zsh ", completions("perilune completion "))
    assert.equal("profile ", completions("perilune help pro"))
    assert.equal("function line stack ", completions("perilune memory --by "))
  end)

  it("goes again, and leaves nothing", function()
    run(("cmake -DMANIFEST=%s -P %s"):format(quoted(MANIFEST),
      quoted(assert(uv.cwd()) .. "/host/package/uninstall.cmake")))
    assert.is_nil(find(prefix, "'*' -mindepth 1"))
  end)
end)
