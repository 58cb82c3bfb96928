--- Draws what a benchmark has written with --json, as SVG.
---
---     draw.lua growth|hit_ratio FIGURES PICTURE
---
--- Observable Plot draws, in Node; npm brings it the first time, and when the lock has changed.
local FOLDER <const> = "spec/bench/"
local LOCK <const> = FOLDER .. "package-lock.json"
local INSTALLED <const> = FOLDER .. "node_modules/.perilune-lock"
local KINDS <const> = { growth = true, hit_ratio = true }

local quoted = require("perilune.shell").quoted

local function leave(message, code)
  io.stderr:write("draw.lua: ", message, "\n")
  os.exit(code)
end

local function content(path)
  local file <close> = io.open(path)
  return file and file:read("a")
end

local function present(program)
  return os.execute(program .. " --version >/dev/null 2>&1")
end

local function install()
  local lock = content(LOCK)
  if content(INSTALLED) == lock then return end
  local command = "cd %s && npm ci --ignore-scripts --fetch-retries=1 >/dev/null 2>&1"
  if not os.execute(command:format(FOLDER)) then
    leave("npm could not fetch Observable Plot (see: npm ci --prefix " .. FOLDER .. ")", 1)
  end
  local file <close> = assert(io.open(INSTALLED, "w"))
  file:write(lock)
end

local function main(kind, figures, picture)
  if not KINDS[kind] or not picture then
    leave("usage: draw.lua growth|hit_ratio FIGURES PICTURE", 2)
  elseif not content(figures) then
    leave("no figures in " .. figures, 1)
  elseif not present("node") or not present("npm") then
    leave("Node and npm are missing (apt-get install npm)", 1)
  end
  install()
  local command = ("node %splot/draw.mjs %s %s %s"):format(FOLDER, kind, quoted(figures),
    quoted(picture))
  if not os.execute(command) then leave("node could not draw " .. picture, 1) end
end

main(table.unpack(arg))
