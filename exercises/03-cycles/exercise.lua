--- The manifest, called with this folder's path; `perilune.lab.manifest` tells the fields.

local folder = ...
local examine = loadfile(folder .. "/judge/checks.lua")(folder)

local QUICK <const> = { cpu = 2, wall = 20, memory = 256 << 20 }
local DRIVER <const> = "judge/driver.lua"
local READABLE <const> = { "naive.lua", "tables.lua" } -- by the driver
local CYCLE <const> = 10

--- A hint about errors that many meet.
local function explain(message)
  if message:find("the node is dead", 1, true) then
    return "a node dies when its last reference goes, and others with it: link before you release, "
      .. "and ask g:alive(id) before you touch what may be gone"
  elseif message:find("the node has no handle", 1, true) then
    return "g:node gives one handle; release it once"
  end
end

local function driven(check)
  check.kind, check.driver, check.limits, check.explain = "driven", DRIVER, QUICK, explain
  return check
end

--- What `compare` times: so many nodes made, and freed.
local freeing = {
  folder = folder,
  readable = READABLE,
  functions = {},
  naive = { file = "reference/by_hand.lua", name = "free", growth = 1 },
  generate = function(n)
    return n // CYCLE, CYCLE
  end,
  expected = function(n, size)
    return { made = n * size, left = 0 }
  end,
  compare = {
    size = 20000, naive_size = 5000, driver = DRIVER, call = "free",
    unit = "nodes in cycles of 10 (naive and yours break them, the others collect)",
    versions = { { "script", "reference/script.lua" }, { "native", "reference/native.lua" } },
  },
}

--- A figure of which only what an earlier check counted is right.
local function counted_in(key, heading, check, field)
  return { key = key, heading = heading, kind = "number", exact = function(measures)
    return measures[check][field]
  end }
end

--- Memory that is left, which must lie as far below `before` as an earlier check measured.
local function fallen_in(key, heading, check)
  return { key = key, heading = heading, kind = "bytes", minus = "before", tolerance = 1.5,
    far = "both are memory in use after collectgarbage() (README.md, step 3)",
    near = function(measures)
      return measures[check].fell
    end }
end

local FIGURES <const> = {
  counted_in("nodes", "Nodes that outlive their release", "leak", "nodes"),
  counted_in("naive", "Nodes freed by naive's collect", "leak", "freed"),
  counted_in("cycles", "Cycles found", "collect_memory", "cycles"),
  { key = "before", heading = "Memory before", kind = "bytes" },
  fallen_in("collected", "Memory after collecting", "collect_memory"),
  fallen_in("broken", "Memory after breaking", "break_memory"),
  counted_in("collections", "Collections that breaking took", "break_memory", "collections"),
  { key = "tables", heading = "Memory of the plain tables", kind = "bytes", tolerance = 1.5,
    far = "see \"memory that they hold\" in `perilune tracing.lua`",
    near = function(measures)
      return measures.tables.held
    end },
  counted_in("left", "Tables left by a full collection", "tables", "left"),
  counted_in("called", "Finalizers called", "tables", "called"),
}

return {
  title = "Memory and cycles",
  functions = { "make_cycles", "collect", "break_cycles" },
  naive = { file = "naive.lua", name = "new" },
  readable = READABLE,
  given = { "README.md", "naive.lua", "ways.lua", "tables.lua", "tracing.lua" },
  limits = { memory = 1 << 30, cpu = 20, wall = 30, output = 64 * 1024 },
  compare = { core = freeing },
  report = { driver = DRIVER, limits = QUICK, arguments = function()
    return 400, CYCLE, 1024
  end },
  checks = {
    { name = "loads", label = "solution", kind = "loads", limits = QUICK,
      hint = "return { make_cycles = make_cycles, ... } at the end, as the starter does" },
    driven { name = "make", label = "make_cycles", examine = examine.make, needs = { "loads" },
      hints = { 1 },
      hint = "nodes, then the links of a ring, then the releases (README.md, step 2)" },
    driven { name = "leak", label = "their memory", examine = examine.leak, needs = { "make" },
      slow = true,
      hint = "each node needs a string of its own: call rep for each (README.md, step 2)" },
    driven { name = "collect", label = "collect", examine = examine.frees, call = "collect",
      needs = { "loads" },
      hint = "#g:cycles(\"garbage\") finds them, g:collect() frees them (README.md, step 3)" },
    driven { name = "collect_memory", label = "collect: memory", examine = examine.falls,
      slow = true, call = "collect", needs = { "collect" },
      hints = { 2 }, hint = "collectgarbage(), then perilune.heap's used() (README.md, hint 2)" },
    driven { name = "break", label = "break_cycles", examine = examine.frees,
      call = "break_cycles", needs = { "loads" },
      hints = { 3 }, hint = "g:clear(id) takes all edges out of a node (README.md, hint 3)" },
    driven { name = "break_memory", label = "break: memory", examine = examine.falls,
      slow = true, call = "break_cycles", needs = { "break" },
      hints = { 2 }, hint = "measure as in collect (README.md, hint 2)" },
    driven { name = "tables", label = "plain tables", examine = examine.tables,
      needs = { "leak" }, hint = "nothing of yours is asked here" },
    { name = "figures", label = "figures", kind = "facts", figures = FIGURES,
      needs = { "leak", "collect_memory", "break_memory", "tables" },
      hint = "fill in answers.md from ways.lua and tracing.lua (README.md, steps 5 and 6)" },
    { name = "why", label = "explanation", kind = "prose", needs = { "leak" },
      headings = { "Cycles", "Lua's own collector" },
      counted = { heading = "Cycles", low = 3, high = 5 },
      rubric = {
        "[2] how a cycle holds memory: each count stays above 0, though nobody can reach it",
        "[2] how the collector finds it: take away the references from inside, see who is left",
        "[1] what breaking costs: one must know where, and do it in time",
        "[2] tracing: begins at what is in use, needs no counts; what it pays, and when it frees",
      },
      hint = "write it under Cycles and Lua's own collector in answers.md" },
  },
  hints = {
    "What must happen to a ring's handles, and when: before its links are made, or after?",
    "Memory that nothing refers to is Lua's to free: collectgarbage() before you read it.",
    "A ring is broken where any one edge is; g:clear takes all edges out of a node.",
  },
}
