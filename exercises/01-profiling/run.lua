--- Runs a script's text and returns what it printed; `perilune compare 1` times its call.

--- What stands for standard output: the methods that scripts use, and the parts written so far.
local function new_output()
  local output = { parts = {} }
  function output:write(...)
    for _, value in ipairs({ ... }) do
      self.parts[#self.parts + 1] = tostring(value)
    end
    return self
  end
  function output:flush()
    return self
  end
  output.setvbuf = output.flush
  return output
end

local function copy(library)
  local copied = {}
  for name, value in pairs(library) do
    copied[name] = value
  end
  return copied
end

--- The globals, of which those that print are replaced.
local function environment(output, path)
  local globals = copy(_G)
  globals._G, globals.arg, globals.io = globals, { [0] = path }, copy(io)
  globals.io.stdout = output
  function globals.io.write(...)
    return output:write(...)
  end
  function globals.print(...)
    local texts = table.pack(...)
    for i = 1, texts.n do
      texts[i] = tostring(texts[i])
    end
    output:write(table.concat(texts, "\t"), "\n")
  end
  return globals
end

---@param text string the script
---@param path string what it finds as arg[0]
---@param name string of the script in messages
---@return string printed
local function run(text, path, name)
  local output = new_output()
  assert(load(text, "@" .. name, "t", environment(output, path)))()
  return table.concat(output.parts)
end

return { run = run }
