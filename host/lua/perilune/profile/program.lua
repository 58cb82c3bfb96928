--- What a report calls the program that an interpreter runs: its script or, where arg[0] is the
--- interpreter itself, what Lua calls code of the command line.

---@return string
return function()
  if type(arg) ~= "table" then return "lua" end
  return arg[-1] ~= nil and tostring(arg[0]) or "(command line)"
end
