--- Options whose value is one of some words.

local nearest = require("perilune.cli.nearest")

--- Lets an option take these words alone; completions offer them.
---@param option table of argparse
---@param kind string what they are
---@param words string[]
return function(option, kind, words)
  option.words = words
  option:convert(function(text)
    for _, word in ipairs(words) do
      if word == text then
        return text
      end
    end
    local near = nearest(text, words)
    return nil, ("unknown %s '%s'%s"):format(kind, text,
      near and ("; did you mean '%s'?"):format(near) or ": " .. table.concat(words, ", "))
  end)
end
