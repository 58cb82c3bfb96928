-- The native modules and the Lua half, in stock lua5.4.
local uv = require("luv")

local build = uv.exepath():match("^(.*)/")
local libraries = build .. "/lib/lua/5.4"

local quoted = require("perilune.shell").quoted

---@param code string
---@return string output of both streams
local function stock(code)
  local command = ("LUA_PATH='host/lua/?.lua;;' LUA_CPATH=%s lua5.4 -e %s 2>&1"):format(
    quoted(libraries .. "/?.so;;"), quoted(code))
  local pipe <close> = assert(io.popen(command))
  return pipe:read("a")
end

local EXPECTED <const> = {
  { "perilune.hashset", [[
    local hashset = require("perilune.hashset")
    print(require("perilune.impl").chosen("hashset"), #hashset.new({ 1, 2, 1 }))]],
    "native\t2\n" },
  { "perilune.native.hashset", [[
    print(table.concat(require("perilune.native.hashset").duplicates({ "a", "b", "a" })))]],
    "a\n" },
  { "perilune.ints", [[
    local ints = require("perilune.ints")
    print(#require("perilune.hashset").new(ints.from({ 3, 1, 3 })), ints.range(1, 4):sum())]],
    "2\t10\n" },
  { "perilune.memo", [[
    local memo = require("perilune.memo")
    local f = memo.wrap(function(n) return n + 1 end, { ttl = 10 })
    print(require("perilune.impl").chosen("memo"), f(1), f(1), memo.cache(f):info().hits)]],
    "native\t2\t2\t1\n" },
  { "perilune.graph", [[
    local g = require("perilune.graph").new()
    local a = g:node()
    g:link(a, a)
    g:release(a)
    print(require("perilune.impl").chosen("graph"), #g:cycles("garbage"), g:collect().freed)]],
    "native\t1\t1\n" },
  { "perilune.pool", [[
    local pool = require("perilune.pool")
    local p <close> = pool.new({ workers = 2 })
    local n = 0
    local function count(i)
      n = n + 1
      return i, n >= 1, require("perilune.ints").range(1, i):sum()
    end
    io.write("once ")
    print(require("perilune.impl").chosen("pool"), p:submit(count, 3):result())
    print(#p:map(count, { 1, 2, 3 }), n, p:submit(os.exit, 4):error().status)]],
    "once native\t3\ttrue\t6\n3\t0\t4\n" },
  { "no perilune.heap, and says why", [[
    print(select(2, pcall(require, "perilune.heap")))]],
    "perilune.heap asks the allocator of a host: run the program by `perilune`\n" },
  { "perilune.clock", [[
    local clock = require("perilune.clock")
    local start = clock.now()
    clock.sleep(0.001)
    print(clock.now() - start >= 0.001)]], "true\n" },
  { "perilune.async", [[
    local async = require("perilune.async")
    print(async.run(function()
      return #async.gather({ function() async.sleep(0.001) return 1 end, print })
    end))]], "\n1\n" },
  { "perilune.native.message", [[
    local message = require("perilune.native.message")
    print(select(2, message.decode(message.encode({ 7 })))[1])]], "7\n" },
  { "perilune.bench", [[
    local bench = require("perilune.bench")
    print(bench.growth({ { n = 1000, cpu = 1 }, { n = 2000, cpu = 2 } }).class)]], "O(n)\n" },
}

describe("stock lua5.4", function()
  if not uv.fs_stat(libraries) then
    pending("the native modules are not built beside " .. uv.exepath())
    return
  elseif (os.getenv("PERILUNE_SANITIZE") or "") ~= "" then
    pending("a sanitized module needs a sanitized interpreter")
    return
  end
  for _, case in ipairs(EXPECTED) do
    local name, code, output = table.unpack(case)
    it("loads " .. name, function() assert.equal(output, stock(code)) end)
  end
end)
