--- The built program runs scripts and takes options as Debian's lua5.4 does.
local commands = require("spec.host.commands")
local twin = require("spec.host.twin")


-- The address sanitizer says so on standard error when malloc refuses, or ends the process.
local UNSANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or ""):find("address", 1, true)
  and { ["not_enough_memory.lua"] = true } or {}

describe("the program, beside lua5.4,", function()
  local pair, why = twin.pair()
  if not pair then
    pending("what it can be compared with: " .. why)
    return
  end
  teardown(function() twin.close(pair) end)

  local function alike(command)
    local stock, host = twin.run(pair, command)
    assert.same(command.ours or stock, host)
    if command.ours then assert.not_same(stock, host) end
  end

  for _, name in ipairs(twin.corpus()) do
    it("runs " .. name, function()
      if UNSANITIZED[name] then
        pending("malloc cannot fail quietly under the address sanitizer")
      else
        alike({ args = { name }, cwd = twin.CORPUS, stdin = twin.STDIN })
      end
    end)
  end

  for _, command in ipairs(commands) do
    it(command.name, function() alike(command) end)
  end
end)
