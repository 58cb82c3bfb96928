--- Makes some of attacks.lua, one after another: `attack.lua FOLDER VICTIM PORT ABSTRACT SEGMENT
--- NUMBER...`. Prints a line for each: whether it got through.
local attacks = dofile(arg[0]:match("^(.*/)") .. "attacks.lua")

local around = {
  folder = arg[1], victim = tonumber(arg[2]), port = tonumber(arg[3]), abstract = arg[4],
  segment = tonumber(arg[5]),
}

for i = 6, #arg do
  local ok, result = pcall(attacks[tonumber(arg[i])].run, around)
  local message = tostring(result):gsub("\n", " ")
  print(arg[i] .. (ok and result and " through" or " stopped: " .. message))
  io.flush()
end
