--- The pages of the guide that walk through a task: their files are written, their commands run,
--- and what they print is what the pages show. Figures differ from run to run and are not compared.
local uv = require("luv")
local files = require("perilune.lab.files")
local pages = require("spec.cli.pages")
local program = require("spec.cli.program")
local quoted = require("perilune.shell").quoted

local PAGES <const> = {
  "slow-script", "leak", "caching", "specs", "native-module", "pool", "editors",
}

local UNITS <const> = { ns = true, us = true, ms = true, s = true, B = true, KB = true, MB = true }

--- A page's blocks of code, indented or not, in their order.
local function blocks_of(page)
  local blocks, block = {}, nil
  for line in pages.read(("docs/guide/%s.md"):format(page)):gmatch("([^\n]*)\n") do
    local indent, language = line:match("^( *)```(%l*)$")
    if block and indent then
      block = nil
    elseif indent then
      block = { language = language, indent = #indent, lines = {} }
      blocks[#blocks + 1] = block
    elseif block then
      block.lines[#block.lines + 1] = line:sub(block.indent + 1)
    end
  end
  return blocks
end

--- `-- words.lua`, `/* checksum.c */`
local function name_of(block)
  return (block.lines[1] or ""):match("^%-%- (%S+%.%l+)$")
    or (block.lines[1] or ""):match("^/%* (%S+%.%l+) %*/$")
end

--- Each command with the lines that it prints.
local function commands_of(block)
  local list = {}
  for _, line in ipairs(block.lines) do
    if line:sub(1, 2) == "$ " then
      list[#list + 1] = { line = line:sub(3), shown = {} }
    elseif line ~= "..." and line ~= "" then
      table.insert(list[#list].shown, line)
    end
  end
  return list
end

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

local function assert_shown(output, command)
  for _, expected in ipairs(command.shown) do
    local found = false
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
  end)
  after_each(function() program.remove(folder) end)

  local function run(command)
    local line = ("%s bash -c %s"):format(environment, quoted(command.line))
    local output, code = pages.shell(line, folder)
    assert.equal(0, code, command.line .. "\n" .. output)
    assert_shown(output, command)
  end

  --- What fills most of a flame graph.
  local function wide_bars(picture)
    local found = {}
    for title, share in picture:gmatch("<title>([^<]*): [^<,]*, ([%d.]+) %%</title>") do
      if tonumber(share) >= 85 then found[#found + 1] = title end
    end
    return found
  end

  local function assert_pictures(page)
    local text = pages.read(("docs/guide/%s.md"):format(page))
    for name in text:gmatch("!%[[^%]]*%]%(%.%./pictures/([%w-]+%.svg)%)") do
      local shown = wide_bars(pages.read("docs/pictures/" .. name))
      assert.is_true(#shown > 2)
      assert.same(shown, wide_bars(pages.read(folder .. "/" .. name)))
    end
  end

  for _, page in ipairs(PAGES) do
    it("does in " .. page .. " what the page says", function()
      local count = 0
      for _, block in ipairs(blocks_of(page)) do
        local name = name_of(block)
        if name then
          assert(files.write(folder .. "/" .. name, table.concat(block.lines, "\n") .. "\n"))
        end
        for _, command in ipairs(block.language == "console" and commands_of(block) or {}) do
          count = count + 1
          run(command)
        end
      end
      assert.is_true(count >= 2)
      assert_pictures(page)
    end)
  end

  it("has only links that lead somewhere", function()
    for _, name in ipairs(assert(files.list("docs/guide"))) do
      for target in pages.read("docs/guide/" .. name):gmatch("%]%(([^:)#]+)[^:)]*%)") do
        assert.truthy(files.kind("docs/guide/" .. target), name .. ": " .. target)
      end
    end
  end)
end)
