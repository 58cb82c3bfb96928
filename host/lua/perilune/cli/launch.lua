--- What the commands share that run a script with something watching it: their arguments, which end
--- where the script's begin, and the process that they become.

local host = require("perilune.host")
local uv = require("luv")

local launch = {}

-- Those below whose value is the next word.
local VALUED = { ["-e"] = true, ["-l"] = true, ["--impl"] = true, ["--memory-limit"] = true }

--- Collects options of lua5.4's, which has them in any order; an empty value would be none there.
local function keep(option)
  return function(args, _, value)
    table.insert(args.lua, option .. (value == "" and " " or value))
  end
end

--- Adds what each of them takes: options of `run`, the script and its arguments.
function launch.define(parser)
  parser:option("-e", "Code to run, before the script or without one.")
    :argname("CODE"):target("lua"):count("*"):action(keep("-e"))
  parser:option("-l", "A module to require, likewise.")
    :argname("MODULE"):target("lua"):count("*"):action(keep("-l"))
  parser:option("--impl", "As for `run`."):argname("CHOICE")
  parser:option("--memory-limit", "As for `run`."):argname("SIZE"):target("memory_limit")
  parser:argument("FILE", "The script; - is standard input."):argname("FILE"):target("script")
    :args("?")
  parser:argument("ARGUMENT", "Its arguments, options among them."):argname("ARGUMENT"):args("*")
end

--- Our own words, FILE the last of them, and all words from FILE (or a `--` before it) on.
---@param argv string[]
---@param valued table<string, boolean> the command's options whose value is the next word
---@return string[] own
---@return string[] rest
function launch.split(argv, valued)
  local i = 1
  while argv[i] and argv[i]:find("^%-.") and argv[i] ~= "--" do
    i = i + ((valued[argv[i]] or VALUED[argv[i]]) and 2 or 1)
  end
  local file = argv[i] == "--" and i + 1 or i
  return table.move(argv, 1, math.min(file, #argv), 1, {}), table.move(argv, i, #argv, 1, {})
end

---@param args {lua: string[], script?: string}
---@return string? message
function launch.misuse_of(args)
  if #args.lua == 0 and not args.script then
    return "nothing to run: -e CODE, -l MODULE or a FILE is needed"
  end
end

--- Why nothing can be saved there: told now, not when a long run has ended. A file is replaced, so
--- that its folder decides.
---@param path? string
---@param noun string what is to be saved
---@return string? message
function launch.refused(path, noun)
  if not path or path == "-" or path:find("^/dev/") or path:find("^/proc/") then
    return nil
  end
  local folder = path:match("^(.*/)[^/]*$") or "./"
  if not uv.fs_access(folder, "") then
    return ("cannot save a %s in '%s': there is no such folder"):format(noun, folder)
  elseif not uv.fs_access(folder, "W") then
    return ("cannot save a %s in '%s': permission denied"):format(noun, folder)
  elseif (uv.fs_stat(path) or {}).type == "directory" then
    return ("cannot save a %s as '%s': it is a folder"):format(noun, path)
  end
end

local function command_line(option, args, rest)
  local words = { arg[0], "run", option }
  for _, given in ipairs({ { "--impl", args.impl }, { "--memory-limit", args.memory_limit } }) do
    table.move(given, 1, given[2] and 2 or 0, #words + 1, words)
  end
  table.move(args.lua, 1, #args.lua, #words + 1, words)
  -- With -l alone lua5.4 would go on with standard input.
  if not args.script then words[#words + 1] = "-e " end
  return table.move(rest, 1, #rest, #words + 1, words)
end

--- Becomes `perilune run OPTION ...`.
---@param option string
---@param args {impl?: string, memory_limit?: string, lua: string[], script?: string}
---@param rest string[] the script and its arguments
---@param variables table<string, string>
function launch.become(option, args, rest, variables)
  return host.become(command_line(option, args, rest), variables)
end

return launch
