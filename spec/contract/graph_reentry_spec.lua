--- Finalisers of Lua's that use the graph at work leave it sound, in every implementation of
--- perilune.graph. PERILUNE_SEED repeats a run whose seed a failure has named.
local kinds = require("spec.contract.kinds")
local uv = require("luv")

local SEED <const> = math.tointeger(os.getenv("PERILUNE_SEED")) or os.time()
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""
local ROUNDS <const> = SANITIZED and 3 or 12

local quoted = require("perilune.shell").quoted

local function run(name)
  local command = ("%s run --impl graph=%s spec/contract/graph_reentry.lua %d %d 2>&1"):format(
    quoted(uv.exepath()), quoted(name), SEED, ROUNDS)
  local pipe <close> = assert(io.popen(command))
  return pipe:read("a")
end

for kind, _, name in kinds("graph") do
  describe("finalisers of Lua's " .. kind, function()
    it(("leave the graph sound, seed %d"):format(SEED), function()
      assert.equal("sound\n", run(name))
    end)
  end)
end
