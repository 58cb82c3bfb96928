local clock = require("perilune.clock")

describe("clock", function()
  it("never goes back", function()
    for _, read in ipairs({ clock.now, clock.cpu, clock.children }) do
      local before = read()
      for _ = 1, 1000 do
        local after = read()
        assert.is_true(after >= before)
        before = after
      end
      assert.are.equal("float", math.type(before))
    end
  end)

  it("reads finer steps than a microsecond", function()
    local before = clock.now()
    local after = clock.now()
    while after == before do
      after = clock.now()
    end
    assert.is_true(after - before < 1)
  end)

  it("counts the processor time of children that have ended", function()
    local before = clock.children()
    assert(os.execute("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"))
    assert.is_true(clock.children() > before)
  end)

  it("sleeps at least as long as it is told, and uses no processor meanwhile", function()
    local wall, cpu = clock.now(), clock.cpu()
    clock.sleep(0.02)
    assert.is_true(clock.now() - wall >= 0.02)
    assert.is_true(clock.cpu() - cpu < clock.now() - wall)
    clock.sleep(0)
  end)

  it("sleeps on after a signal", function()
    local uv = require("luv")
    local came = false
    local signal = uv.new_signal()
    signal:start("sigusr1", function()
      came = true
    end)
    os.execute(("(sleep 0.05; kill -USR1 %d) >/dev/null 2>&1 &"):format(uv.os_getpid()))
    local start = clock.now()
    clock.sleep(0.2)
    local slept = clock.now() - start
    uv.run("nowait")
    signal:close()
    uv.run("nowait")
    assert.is_true(came)
    assert.is_true(slept >= 0.2)
  end)

  it("refuses a span that is no span", function()
    for _, span in ipairs({ -1, 0 / 0, -math.huge, "x" }) do
      assert.has_error(function()
        clock.sleep(span)
      end)
    end
    assert.has_error(clock.sleep)
  end)
end)
