--- Runs the built program in folders that vanish.
local uv = require("luv")
local files = require("perilune.lab.files")
local pipe = require("perilune.lab.pipe")

local program = {}

--- The program under test: the one that runs these specs, or $PERILUNE.
local path = os.getenv("PERILUNE") or uv.exepath()
program.path = files.basename(path) == "perilune" and files.absolute(path) or nil

---@return string path of a new folder, with a blank in its name
function program.folder()
  local folder = assert(files.scratch()) .. "/with a blank"
  assert(files.make_folder(folder))
  return folder
end

---@param folder string from `program.folder`
function program.remove(folder)
  files.remove_tree(files.folder(folder))
end

--- This process's environment with changes, as luv wants it.
---@param changes? table<string, string>
---@return string[]
function program.environment(changes)
  local variables = uv.os_environ()
  variables.PERILUNE_IMPL, variables.NO_COLOR = nil, nil
  for name, value in pairs(changes or {}) do
    variables[name] = value
  end
  local list = {}
  for name, value in pairs(variables) do
    list[#list + 1] = name .. "=" .. value
  end
  return list
end

---@param arguments string[]
---@param folder string where it runs
---@param variables? table<string, string> added to the environment
---@param through? string[] the words of a command that runs it
---@return {code: integer, out: string, err: string}
function program.run(arguments, folder, variables, through)
  local out, err, result = uv.new_pipe(false), uv.new_pipe(false), {}
  local process, open = nil, 3
  local function ended() open = open - 1 end
  local words = table.move(through or {}, 1, through and #through or 0, 1, {})
  words[#words + 1] = program.path
  table.move(arguments, 1, #arguments, #words + 1, words)
  process = assert(uv.spawn(table.remove(words, 1), {
    args = words, cwd = folder, env = program.environment(variables), stdio = { nil, out, err },
  }, function(code, signal)
    result.code = signal ~= 0 and 128 + signal or code
    process:close(ended)
  end))
  for name, handle in pairs({ out = out, err = err }) do
    pipe.whole(handle, function(text)
      result[name] = text
      ended()
    end)
  end
  repeat uv.run("once") until open == 0
  return result
end

return program
