--- The prompt of `perilune` and `perilune -i` at a terminal, as host/repl.c asks for it.

local uv = require("luv")
local ask = require("perilune.cli.prompt.ask")
local complete = require("perilune.cli.prompt.complete")
local pretty = require("perilune.cli.prompt.pretty")
local terminal = require("perilune.cli.terminal")

local prompt = {}

prompt.complete = complete
prompt.command = ask.command

function prompt.greet()
  terminal.say(terminal.paint(
    ":help tells what can be asked here, `perilune help` the commands outside.", "dim"))
end

local function columns()
  return terminal.columns or terminal.width
end

--- A table that was raised as an error, as text.
---@param object table
---@return string
function prompt.describe(object)
  return pretty(object, columns())
end

--- Shows the results of a line.
---@param ... any
function prompt.show(...)
  local texts = {}
  for i = 1, select("#", ...) do
    texts[i] = pretty((select(i, ...)), columns())
  end
  terminal.say(table.concat(texts, #table.concat(texts) > columns() and "\n" or "\t"))
end

local function make_folders(path)
  local folder = path:match("^(.*)/")
  if folder ~= "" and not uv.fs_stat(folder) then
    make_folders(folder)
    uv.fs_mkdir(folder, 448) -- 0700
  end
end

--- The file of what was typed before, in a folder that is there.
---@return string? path
function prompt.history()
  local home, state = os.getenv("HOME"), os.getenv("XDG_STATE_HOME") or ""
  if state == "" and not home then
    return nil
  end
  local path = (state ~= "" and state or home .. "/.local/state") .. "/perilune/history"
  make_folders(path)
  return path
end

return prompt
