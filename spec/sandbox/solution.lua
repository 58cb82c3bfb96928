--- What child_spec.lua runs in a sandbox.
local solution = {}

function solution.read(path)
  local file = io.open(path)
  return file and file:read("a") or nil
end

function solution.write(path, text)
  local file <close> = assert(io.open(path, "w"))
  return assert(file:write(text)) and true
end

--- The names of temporary files, in two ways.
function solution.temporary()
  local path = os.getenv("TMPDIR") .. "/x"
  return solution.write(path, "") and solution.write(os.tmpname(), "")
end

function solution.folder()
  return require("luv").cwd()
end

function solution.environment()
  return require("luv").os_environ()
end

function solution.map(list)
  local pool = require("perilune.pool")
  local p <close> = pool.new({ workers = 2 })
  local results = p:map(function(n) return n * n end, list)
  results.n = nil
  return results
end

function solution.profile(mode)
  local profiler = require("perilune.profiler")
  profiler.start({ mode = mode })
  local stop = os.clock() + 0.05
  repeat until os.clock() > stop
  return #profiler.stop():stats({}) > 0
end

function solution.fetch(url)
  local r = require("perilune.fetch").get(url)
  return r.status, r.error and r.error.code
end

--- Bytes of all answers to so many requests at once.
function solution.fetch_all(url, n)
  local urls, bytes = {}, 0
  for i = 1, n do urls[i] = url .. i end
  for _, r in ipairs(require("perilune.fetch").all(urls, { concurrency = n })) do
    bytes = bytes + #(r.body or "")
  end
  return bytes
end

function solution.flood()
  while true do io.write(("x"):rep(1000)) end
end

function solution.spin()
  while true do end
end

function solution.spin_outside(n)
  os.execute(("i=0; while [ $i -lt %d ]; do i=$((i+1)); done"):format(n))
end

function solution.leave(command)
  os.execute(command .. " &")
end

function solution.kill(signal)
  os.execute(("kill -%s $PPID"):format(signal))
end

return solution
