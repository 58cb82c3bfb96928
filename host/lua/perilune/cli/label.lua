--- How help and manual show an option: `-o, --output PATH`. A value that may be left out is joined:
--- `--sandbox[=best]`.
---@param option table argparse's
---@return string
return function(option)
  local names, values = table.concat(option._public_aliases, ", "), option:_get_argument_list()
  local optional = option._minargs == 0 and values[1] and values[1]:match("^%[(.*)%]$")
  if optional then return names .. "[=" .. optional .. "]" end
  return table.concat({ names, table.unpack(values) }, " ")
end
