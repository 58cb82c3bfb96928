--- The sandbox against attacks.lua, as root and as an ordinary user. Each attack is made again
--- with the layers left out that stop it: there it must get through, or it would prove nothing.
local uv = require("luv")
local live = require("spec.cli.live")
local range = require("spec.sandbox.range")

local NOBODY <const> = 65534
local SANITIZED <const> = (os.getenv("PERILUNE_SANITIZE") or "") ~= ""

local attacks = dofile("spec/sandbox/attacks.lua")

local function is_root(user) return user == nil and uv.getuid() == 0 end

local function works(attack, user)
  local as_root = is_root(user)
  return (attack.root == nil or attack.root == as_root) and not (attack.plain and SANITIZED)
end

--- Attacks that one process can make go into one salvo, by the layers that are left out.
local function salvos_of(user, aim)
  local salvos, by_key = {}, {}
  for number, attack in ipairs(attacks) do
    local salvo = works(attack, user) and aim(attack, is_root(user))
    local key = salvo and (attack.alone and number
      or table.concat(salvo.without or {}, " ") .. "," .. table.concat(salvo.options or {}, " "))
    if salvo and not by_key[key] then
      by_key[key], salvo.numbers = salvo, {}
      salvos[#salvos + 1] = salvo
    end
    if salvo then table.insert(by_key[key].numbers, number) end
  end
  return salvos
end

local function confined(attack) return { options = attack.options } end

--- A machine that gives nobody namespaces.
local function by_rules_alone(attack, as_root)
  return attack.rules and not (as_root and attack.rules == "user")
    and { without = { "processes", "network", "ipc", "files" } }
end

local function otherwise(attack)
  return { without = attack.without or {}, options = attack.open and { "-u", "yes" } or nil }
end

--- What came of each attack, by its number: "through", or why it was stopped.
local function fire(own, user, aim)
  local salvos, outcomes = salvos_of(user, aim), {}
  own:fire(salvos)
  for _, salvo in ipairs(salvos) do
    for _, number in ipairs(salvo.numbers) do
      outcomes[number] = salvo.text:match("%f[%d]" .. number .. " (%a[^\n]*)") or salvo.text
    end
  end
  return outcomes
end

local users = uv.getuid() == 0 and { root = false, ["an ordinary user"] = NOBODY }
  or { ["an ordinary user"] = false }

local FOLDER <const> = uv.exepath():match("^(.*)/") .. "/spec"

describe("a sandbox that cannot be", function()
  local function outcome(what)
    local output <close> = assert(io.popen(("'%s/unstarted' %s"):format(FOLDER, what)))
    return output:read("a")
  end

  it("made is none, and nobody is killed in its stead", function()
    assert.equal("the confined process did not start: Resource temporarily unavailable\n",
      outcome("fork"))
  end)

  it("watched is none, and that is not called a time limit", function()
    assert.equal("the confined process did not start: Too many open files\n", outcome("watch"))
  end)

  it("waited for ends, and says why", function()
    assert.equal("-2: Invalid argument\n", outcome("poll"))
  end)
end)

describe("a sandbox in a terminal", function()
  local SETTING <const> = "/proc/sys/dev/tty/legacy_tiocsti"
  local setting <close> = io.open(SETTING)
  if setting and setting:read("n") == 0 or not live.has_terminals() then
    pending("there is no terminal that a program may type on")
    return
  end

  -- What a shell reads after a program that types "attack", and somebody who types "mine" then.
  local function read_after(options)
    local here = uv.cwd() .. "/spec/sandbox"
    local line = ("'%s/confined' -r '%s' %s '%s/type.lua' attack; echo ready; read line; "
      .. "echo \"read:$line.\""):format(FOLDER, here, options, here)
    local terminal = live.terminal(line, { folder = uv.cwd() })
    terminal:await("ready")
    terminal:write("mine\n")
    terminal:await("read:")
    local text = terminal:await(".")
    terminal:finish()
    return text
  end

  it("stops a program that types what its user's shell would read", function()
    assert.equal("attack", read_after("-b yes -l seccomp"))
    assert.equal("mine", read_after("-b yes"))
  end)
end)

for name, user in pairs(users) do
  user = user or nil
  describe("a sandbox of " .. name, function()
    local ways

    setup(function()
      local own <close> = range.new(user)
      ways = {}
      for _, aim in ipairs({ confined, by_rules_alone, otherwise }) do
        ways[aim] = fire(own, user, aim)
      end
    end)

    for number, attack in ipairs(attacks) do
      if works(attack, user) then
        it("stops a program that " .. attack.name, function()
          assert.matches("through", ways[otherwise][number])
          assert.not_matches("through", ways[confined][number])
          assert.not_matches("through", ways[by_rules_alone][number] or "")
        end)
      end
    end
  end)
end
