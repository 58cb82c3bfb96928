--- A list as `p:map` and `fetch.all` return it has its length in `n`, which an answer need not.
--- Loaded before the solution, which may change the libraries.

local rawget, rawset, type = rawget, rawset, type

return function(list)
  if type(list) == "table" and rawget(list, "n") == #list then
    rawset(list, "n", nil)
  end
  return list
end
