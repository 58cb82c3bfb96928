--- A program that is profiled answers as under lua5.4, to the byte. Here those parts of the corpus
--- that hooks, ends and coroutines decide; all of it in each mode when PERILUNE_TORTURE is set.
local twin = require("spec.host.twin")

local ALL <const> = os.getenv("PERILUNE_TORTURE") ~= nil
local MODES <const> = ALL and { "--calls", "--sample", "--lines", "--memory" } or { "--calls" }

-- What shows that a program is profiled: how it was started, which modules are loaded, how much
-- stack is taken; and what is asked of the allocator.
local SHOWS <const> = {
  ["arguments.lua"] = true, ["not_enough_memory.lua"] = true, ["require_and_package.lua"] = true,
  ["stack_overflow.lua"] = true, ["uncaught_stack_overflow.lua"] = true,
}

-- A sample begins the count of a script's own count hook anew.
local SAMPLE_SHOWS <const> = {
  ["hook_coroutines.lua"] = true, ["hook_counts.lua"] = true,
  ["hook_in_hooked_coroutines.lua"] = true,
}

local function is_wanted(name, mode)
  if SHOWS[name] or mode == "--sample" and SAMPLE_SHOWS[name] then return false end
  return ALL or name:find("^hook_[ace]") or name:find("^exit_") or name:find("^coroutines")
    or name:find("^gc_") or name:find("^uncaught_in_c")
end

describe("a profiled program, beside lua5.4,", function()
  local pair, why = twin.pair()
  if not pair then
    pending("what it can be compared with: " .. why)
    return
  end
  teardown(function() twin.close(pair) end)

  for _, mode in ipairs(MODES) do
    local options = { "profile", "-o", "/dev/null", "--format", "json" }
    if mode ~= "--calls" then options[#options + 1] = mode end
    for _, name in ipairs(twin.corpus()) do
      if is_wanted(name, mode) then
        it(("runs %s (%s)"):format(name, mode:sub(3)), function()
          local host = table.move(options, 1, #options, 1, {})
          host[#host + 1] = name
          local stock, ours = twin.run(pair, { args = { name }, host = host, cwd = twin.CORPUS,
            stdin = twin.STDIN })
          assert.same(stock, ours)
        end)
      end
    end
  end
end)
