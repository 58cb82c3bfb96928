--- The guide and the README: their files are written, their commands run, and what they print is
--- what the pages show. Figures differ from run to run and are not compared. With PERILUNE_PICTURES
--- set, the pages' pictures are made anew.
local uv = require("luv")
local files = require("perilune.lab.files")
local guide = require("spec.host.guide")
local pages = require("spec.cli.pages")
local pictures = require("spec.host.pictures")
local program = require("spec.cli.program")
local quoted = require("perilune.shell").quoted

-- Commands of pages that are not run here: who runs them, or why nobody does.
local ELSEWHERE <const> = {
  ["./perilune demo     # the exercises with their worked solutions: naive, script, native"] =
    "demo_spec",
  ["./perilune test     # the tests"] = "it is what runs this",
  ["cmake --install build/release --prefix ~/.local"] = "install_spec",
  ["ninja -C build/release uninstall      # gone again"] = "install_spec",
  ["cmake --workflow --preset package     # or a .deb, in build/package"] = "package.sh, by hand",
  ["perilune verify 2"] = "verify_spec",
  ["perilune report 2            # 02-duplicates/report.html"] = "report_spec",
  ["perilune report --open       # of the exercise whose folder this is, in a browser"] =
    "it opens a browser",
  ["perilune report 2 -o two.html"] = "report_spec",
  ["perilune report 2 --profile two.profile.html    # the profile as well, to zoom in"] =
    "report_spec",
  ["perilune serve --latency 0.05"] = "serve_spec: it does not end by itself",
}

--- A class of exercise 1, whose submissions are data.
local function class()
  local given = require("perilune.host").exercises .. "/01-profiling/reference/"
  local answers = pages.read(given .. "answers.md")
  local profile = pages.read(given .. "slow.profile.json")
  local list = { ["class.csv"] = "student\nalice\nbob\ncarol\ndave\nerin\nfrank\ngrace\n" }
  for name, pair in pairs({
    alice = { answers, profile },
    bob = { answers:gsub("`contains` ", "`tonumber` "), profile },
    carol = { answers:gsub("40 %%", "80 %%"), profile },
    dave = { answers },
    erin = { answers, profile:sub(1, 1000) },
    grace = { answers:gsub("1.53 s", "1.4 s"), profile },
  }) do
    list["submissions/" .. name .. "/answers.md"] = pair[1]
    list["submissions/" .. name .. "/slow.profile.json"] = pair[2]
  end
  return list
end

local ALLOCATES <const> = "local kept = {} for i = 1, 20000 do kept[i] = { i } end"

-- Files that pages speak of and do not show.
local GIVEN <const> = {
  ["docs/guide/comparing.md"] = {
    ["old/app.lua"] = "for _ = 1, 4e6 do end", ["new/app.lua"] = "",
    ["app.lua"] = "for _ = 1, io.open('before.json') and 1 or 4e6 do end",
  },
  ["docs/guide/grade.md"] = class(),
  ["docs/guide/memory.md"] = { ["app.lua"] = ALLOCATES, ["input.txt"] = "" },
  ["docs/guide/profiling.md"] = { ["app.lua"] = ALLOCATES, ["input.txt"] = "" },
}

local PICTURES <const> = "docs/pictures/"
local OUTDATED <const> = "an outdated picture: PERILUNE_PICTURES=1 makes it anew"

local UNITS <const> = { ns = true, us = true, ms = true, s = true, B = true,
  KiB = true, MiB = true }

local function words_of(line)
  local words = {}
  for word in line:gmatch("%a[%w_.:]*") do
    if not UNITS[word] then words[#words + 1] = word end
  end
  return words
end

--- Whether all words stand in a line in their order; a line of figures alone must be the same.
local function shows(line, expected)
  local words, from = words_of(expected), 1
  if #words == 0 then return line == expected end
  for _, word in ipairs(words) do
    local _, last = line:find(word, from, true)
    if not last then return false end
    from = last + 1
  end
  return true
end

--- Bars differ as figures do.
local function is_chart(line)
  for _, mark in ipairs({ "│", "└", "▴", "█" }) do
    if line:find(mark, 1, true) then return true end
  end
  return false
end

local function assert_shown(output, command)
  for _, expected in ipairs(command.shown) do
    local found = is_chart(expected)
    for line in output:gmatch("[^\n]+") do found = found or shows(line, expected) end
    assert.is_true(found, ("%s does not print\n%s\nbut\n%s"):format(command.line, expected, output))
  end
end

describe("the guide", function()
  if not program.path then
    pending("the specs do not run inside the built program")
    return
  elseif (os.getenv("PERILUNE_SANITIZE") or "") ~= "" then
    pending("its commands run what other specs run")
    return
  end

  local folder, environment

  setup(function()
    local here = quoted(assert(uv.cwd()))
    environment = ("PATH=%s:$PATH LUA_PATH=%s'/host/lua/?.lua;;' LUA_CPATH=%s'/lib/lua/5.4/?.so;;'")
      :format(quoted(pages.build), here, quoted(pages.build))
  end)
  before_each(function()
    folder = program.folder()
    assert(files.make_folder(folder .. "/spec"))
    assert(uv.fs_symlink(program.path, folder .. "/perilune"))
  end)
  after_each(function() program.remove(folder) end)

  local function make(path)
    if not files.kind(path) then
      make(files.folder(path))
      assert(files.make_folder(path))
    end
  end

  local function write(name, text)
    local path = folder .. "/" .. name
    make(files.folder(path))
    assert(files.write(path, text))
  end

  local function run(command)
    local line = ("%s bash -c %s"):format(environment, quoted(command.line))
    local output, code = pages.shell(line, folder)
    assert.equal(0, code, command.line .. "\n" .. output)
    assert_shown(output, command)
  end

  local function renew(name, draw)
    if os.getenv("PERILUNE_PICTURES") then assert(files.write(PICTURES .. name, draw())) end
    return pages.read(PICTURES .. name)
  end

  local function matches(text, pattern)
    local list = {}
    for match in text:gmatch(pattern) do list[#list + 1] = match end
    table.sort(list)
    return list
  end

  --- Pictures that no command makes, of what a page's commands have left.
  local drawn = {
    ["docs/guide/grade.md"] = function()
      local page = folder .. "/grades/index.html"
      local picture = renew("class.svg", function() return pictures.page(page) end)
      assert.equal(pictures.words(pages.read(page)), pictures.words(picture), OUTDATED)
    end,
    ["docs/guide/graphs.md"] = function()
      local picture = renew("graph.svg", function()
        return (pages.shell("dot -Tsvg app.dot", folder))
      end)
      assert.same(matches(pages.read(folder .. "/app.dot"), "\n  (n%d+[n%d> -]*%d)"),
        matches(picture:gsub("&#45;&gt;", " -> "), "<title>(n[^<]*)</title>"), OUTDATED)
    end,
    ["docs/guide/specs.md"] = function()
      local stack = pages.read(folder .. "/stack.lua")
      write("stack.lua", (stack:gsub("value = self%[self.n%]", "value = self[1]")))
      local command = "perilune test -o perilune"
      local line = ("%s TERM=xterm script -qec %s /dev/null"):format(environment, quoted(command))
      local picture = pictures.terminal(command, ("$ %s\n%s"):format(command,
        pages.shell(line, folder)))
      assert.equal(picture, renew("specs.svg", function() return picture end), OUTDATED)
    end,
  }

  --- Which bar of a flame graph is the widest at each depth. How wide it is depends on how busy the
  --- machine was; the next one is fifty times as narrow.
  local function widest(picture)
    local names, widths = {}, {}
    for y, width, title in picture:gmatch(
      '<svg x="[%d.]+%%" y="(%d+)" width="([%d.]+)%%"[^>]*><title>([^<]*): [^<,]*, ') do
      local depth = tonumber(y) // 20 + 1
      if tonumber(width) > (widths[depth] or 0) then
        names[depth], widths[depth] = title, tonumber(width)
      end
    end
    return names
  end

  local function assert_pictures(page)
    local text = pages.read(page)
    if drawn[page] then drawn[page]() end
    for name in text:gmatch("%]%(%.%./pictures/([%w-]+%.svg)%)") do
      if text:find(" -o " .. name, 1, true) then
        local made = pages.read(folder .. "/" .. name)
        local shown = widest(renew(name, function() return made end))
        assert.is_true(#shown > 2)
        assert.same(shown, widest(made), OUTDATED)
      else
        assert.truthy(drawn[page], name .. " is made by nothing")
      end
    end
  end

  --- Writes a page's files and runs its commands.
  local function follow(page)
    for name, text in pairs(GIVEN[page] or {}) do write(name, text) end
    for _, block in ipairs(guide.blocks(page)) do
      local name = guide.file_of(block)
      if name then write(name, table.concat(block.lines, "\n") .. "\n") end
      for _, command in ipairs(block.language == "console" and guide.commands(block) or {}) do
        if not ELSEWHERE[command.line] then run(command) end
      end
    end
  end

  for _, page in ipairs(guide.pages()) do
    it("does in " .. page .. " what the page says", function()
      if page == "README.md" then
        -- A third of the orders takes a tenth of the time.
        local name = "exercises/01-profiling/"
        local orders = pages.read(name .. "orders.csv")
        write(name .. "slow_script.lua", pages.read(name .. "slow_script.lua"))
        write(name .. "orders.csv", orders:sub(1, orders:find("\n", #orders // 3)))
      end
      follow(page)
      assert_pictures(page)
    end)
  end

  it("names no command as run elsewhere that it does not have", function()
    local known = {}
    for _, page in ipairs(guide.pages()) do
      for _, block in ipairs(guide.blocks(page)) do
        for _, command in ipairs(block.language == "console" and guide.commands(block) or {}) do
          known[command.line] = true
        end
      end
    end
    for line in pairs(ELSEWHERE) do assert.is_true(known[line], line) end
  end)

  it("shows commands nowhere but where they are run", function()
    for _, page in ipairs(guide.pages()) do
      for _, block in ipairs(guide.blocks(page)) do
        for _, line in ipairs(block.language == "console" and {} or block.lines) do
          local command = line:match("^%$ .*") or line:match("^%.?/?perilune %l.*")
            or line:match("^cmake .*")
          assert.is_nil(command, page)
        end
      end
    end
  end)

  it("names commands and options that there are", function()
    local tree, count = require("perilune.cli.tree")(), 0
    local names = {}
    for _, name in ipairs(require("perilune.cli").names()) do
      names[name] = name ~= "run" and name ~= "test" -- whose arguments others read
    end
    for _, page in ipairs(guide.pages()) do
      for line in pages.read(page):gmatch("`%.?/?perilune (%l[^`']*)`") do
        local words = {}
        for word in line:gsub("%s*%.%.%.", ""):gmatch("%S+") do words[#words + 1] = word end
        if names[words[1]] then
          count = count + 1
          local ok, problem = tree:pparse(words)
          -- A command that is only mentioned lacks its arguments.
          local said = ok and "" or problem:gsub("^missing argument '.*", "")
          assert.equal("", said, page .. ": " .. line)
        end
      end
    end
    assert.is_true(count > 30, count)
  end)

  it("has only links that lead somewhere", function()
    for _, page in ipairs(guide.pages()) do
      for target in pages.read(page):gmatch("%]%(([^:)#]+)[^:)]*%)") do
        assert.truthy(files.kind(files.folder(page) .. "/" .. target), page .. ": " .. target)
      end
    end
  end)
end)
