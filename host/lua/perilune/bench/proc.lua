--- What Linux tells in files: the first line of one, and fields of them. Elsewhere: nothing.

local proc = {}

---@param path string
---@return string? text nil where there is no such file
function proc.read(path)
  local file <close> = io.open(path)
  return file and file:read("a")
end

--- The processors that this process may run on.
---@return table<integer, true> numbers empty where that cannot be told
---@return integer count 1 at least
function proc.processors()
  local numbers, count = {}, 0
  local list = (proc.read("/proc/self/status") or ""):match("Cpus_allowed_list:%s*(%S+)")
  for range in (list or ""):gmatch("[^,]+") do
    local first, last = range:match("^(%d+)%-?(%d*)$")
    for number = tonumber(first), tonumber(last) or tonumber(first) do
      numbers[number], count = true, count + 1
    end
  end
  return numbers, math.max(count, 1)
end

return proc
