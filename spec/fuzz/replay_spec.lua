--- What the fuzzers begin with, and what they have found, in every build; then inputs made of these
--- by chance. PERILUNE_SEED repeats a run.
local files = require("perilune.lab.files")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local INPUTS <const> = SANITIZED and 30 or 100

-- Parcels made by chance might hold bytecode, which Lua does not check; an answer takes long.
local TARGETS <const> = {
  fetch = false, graph = true, hashset = true, memo = true, message = true, parcel = false,
  profile = true,
}

local function mutated(bytes)
  for _ = 1, math.random(1, 4) do
    local at = math.random(0, #bytes)
    local noise = string.char(math.random(0, 255))
    local rest = math.random(2) == 1 and at + 1 or math.random(at + 1, #bytes + 1)
    bytes = bytes:sub(1, at) .. noise .. bytes:sub(rest)
  end
  return bytes
end

describe("the fuzz target", function()
  for target, by_chance in pairs(TARGETS) do
    it(target .. " stands its corpus", function()
      math.randomseed(SEED)
      local run = dofile(("spec/fuzz/%s.lua"):format(target))
      local folder = "spec/fuzz/corpus/" .. target
      local names = assert(files.list(folder))
      assert.is_true(#names > 0)
      for _, name in ipairs(names) do
        local bytes = assert(files.read(folder .. "/" .. name))
        run(bytes)
        for i = 1, by_chance and INPUTS or 0 do
          local ok, problem = pcall(run, mutated(bytes))
          assert.is_true(ok, ("seed %d, %s, input %d: %s"):format(SEED, name, i, problem))
        end
      end
    end)
  end
end)
