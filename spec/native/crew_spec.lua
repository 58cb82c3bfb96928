--- What the half in C of a native pool makes of calls that the half in Lua does not make.
local crews = require("perilune.native.pool.crew")
local ints = require("perilune.ints")

describe("a crew", function()
  local crew

  before_each(function()
    crew = assert(crews.new({ workers = 1 }))
    assert(crew:start(1))
  end)
  after_each(function() crew:close() end)

  local function next_event()
    local events = {}
    while #events == 0 do
      crew:drain(events)
      if #events == 0 then crew:wait(1) end
    end
    return events[1]
  end

  it("sends nothing but sheets", function()
    for _, value in ipairs({ ints.new(64), io.stdout, "text", {} }) do
      assert.has_error(function() crew:send(1, crews.CALL, 0, 0, 0, value) end,
        ("bad argument #6 to 'send' (perilune.sheet expected, got %s)"):format(
          type(value) ~= "userdata" and type(value) or getmetatable(value).__name))
    end
  end)

  it("has a worker refuse to call what is no function", function()
    crew:send(1, crews.CALL, 0, 0, 0, crew:pack("nothing"))
    local event = next_event()
    assert.equal("failure", event.event)
    assert.truthy(event.message:find("function expected, got no value", 1, true), event.message)
  end)
end)
