--- perilune.native.pool: what surrounds a worker, and a pool.
local pool = require("perilune.native.pool")
local pools = require("spec.contract.pools")
local processes = require("spec.native.processes")
local quoted = require("perilune.shell").quoted
local uv = require("luv")
local work = require("spec.native.pool_work")

-- What a task may see of a program that loads nothing of luv's.
local function run_alone(code)
  local program = os.getenv("PERILUNE") or uv.exepath()
  local pipe <close> = io.popen(("'%s' -e '%s' 2>&1"):format(program, code))
  return pipe:read("a")
end

describe("a native pool's worker", function()
  local before

  before_each(function() before = processes.count() end)
  after_each(function() processes.assert_none_left(before) end)

  it("has the standard streams and its own socket, no other descriptor", function()
    local output = run_alone([[
      package.path = "./?.lua;" .. package.path
      local work = require("spec.native.pool_work")
      local file = io.open("README.md")
      local p <close> = require("perilune.native.pool").new({ workers = 2 })
      local q <close> = require("perilune.native.pool").new({ workers = 2 })
      p:map(work.echo, { 1, 2 })
      q:map(work.echo, { 1, 2 })
      local names, seen = {}, {}
      for number, what in pairs(q:submit(work.descriptors):result()) do
        local name = number == 0 and what or number > 2 and what:match("^%a+")
        if name and not (seen[name] and name == "pipe") then names[#names + 1] = name end
        seen[name] = true
      end
      table.sort(names)
      print(table.concat(names, " "))]])
    -- The pipe is that of the listing, which may begin before its other end is closed here.
    assert.equal("/dev/null pipe socket\n", output)
  end)

  it("has nothing of the parent's files, with luv's own pipe beside its socket", function()
    local file <close> = assert(io.open("README.md"))
    local p <close> = pool.new({ workers = 1 })
    for _, what in pairs(p:submit(work.descriptors):result()) do
      assert.is_nil(what:find("README", 1, true))
      assert.is_nil(what:find("eventpoll", 1, true))
    end
    assert.equal("file", io.type(file))
  end)

  it("finds the end of standard input", function()
    local p <close> = pool.new({ workers = 1 })
    local function read() return io.read("a"), io.read("l"), io.stdin:read(1) end
    assert.same({ "", n = 3 }, table.pack(p:submit(read):result()))
  end)

  it("draws random numbers of its own", function()
    local p <close> = pool.new({ workers = 2, max_tasks_per_worker = 1 })
    local function draw() return math.random(0) end
    local seen = {}
    for _, number in ipairs(p:map(draw, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })) do
      assert.is_nil(seen[number])
      seen[number] = true
    end
  end)

  -- Four of luv's threads at work for so many seconds; each keeps a Lua state with descriptors.
  local function start_jobs(seconds)
    local jobs = { left = 4 }
    for _ = 1, 4 do
      local job = uv.new_work(function(limit)
        local stop = os.clock() + limit
        while os.clock() < stop do local _ = ("x"):rep(100) end
      end, function() jobs.left = jobs.left - 1 end)
      job:queue(seconds)
    end
    return jobs
  end

  local function finish_jobs(jobs)
    while jobs.left > 0 do uv.run("once") end
  end

  it("uses luv itself, whatever the parent does with it", function()
    if os.getenv("PERILUNE_SANITIZE") == "thread" then
      pending("the sanitizer lets no child of a process with threads have some")
      return
    end
    finish_jobs(start_jobs(0.01))
    before = processes.count()
    local done = false
    uv.fs_stat(".", function() done = "under way" end)
    local p <close> = pool.new({ workers = 2 })

    -- Not new_work, whose threads' states luv counts on from the parent's, beyond the room it has.
    local function use_luv()
      local luv = require("luv")
      local results = {}
      luv.fs_stat(".", function(_, stat) results.stat = stat.type end)
      local timer = luv.new_timer()
      timer:start(1, 0, function()
        results.timer = true
        timer:close()
      end)
      local process
      process = luv.spawn("sh", { args = { "-c", "exit 3" } }, function(code)
        results.code = code
        process:close()
      end)
      luv.run()
      return results
    end

    for _, results in p:imap(use_luv, { 1, 2, 3, 4 }) do
      assert.same({ stat = "directory", timer = true, code = 3 }, results)
    end
    while done ~= "under way" do uv.run("once") end
  end)

  it("may have one processor to share with the others", function()
    local code = [[
      local p <close> = require("perilune.native.pool").new()
      print(#p:map(math.abs, { -1, -2, -3 }), #p:stats().workers)]]
    local first = "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')"
    local pipe <close> = assert(io.popen(("taskset -c %s %s -e %s 2>&1"):format(first,
      quoted(os.getenv("PERILUNE") or uv.exepath()), quoted(code))))
    assert.equal("3\t1\n", pipe:read("a"))
  end)

  it("may be forked from a process that has threads", function()
    if (os.getenv("PERILUNE_SANITIZE") or "") ~= "" then
      pending("the sanitizer's allocator stays locked where another thread allocates at the fork")
      return
    end
    finish_jobs(start_jobs(0.01))
    before = processes.count()
    local jobs = start_jobs(0.2)
    for _ = 1, 20 do
      local p <close> = pool.new({ workers = 2 })
      assert.same({ 1, 2, n = 2 }, p:map(work.echo, { 1, 2 }))
    end
    finish_jobs(jobs)
  end)

  it("has the parent's folder, whatever it is called and may not be written", function()
    local folder = os.tmpname()
    os.remove(folder)
    local odd = folder .. " with a blank"
    assert(uv.fs_mkdir(odd, tonumber("555", 8)))
    local home = uv.cwd()
    assert(uv.chdir(odd))
    local p <close> = pool.new({ workers = 1 })
    local ok, there = pcall(function()
      return p:submit(function() return require("luv").cwd() end):result()
    end)
    assert(uv.chdir(home))
    assert(uv.fs_rmdir(odd))
    assert.is_true(ok)
    assert.equal(odd, there)
  end)

  it("may use a pool of its own", function()
    local function nest(depth)
      local inner <close> = require("perilune.native.pool").new({ workers = 2 })
      if depth == 0 then
        local problem = inner:submit(os.exit, 3):error()
        local list = inner:map(math.abs, { -1, -2, -3 })
        return #list + list[3] + problem.status
      end
      return inner:submit(nest, depth - 1):result() + 1
    end
    local p <close> = pool.new({ workers = 2 })
    assert.equal(11, p:submit(nest, 2):result())
    assert.same({ 9, 9, n = 2 }, p:map(nest, { 0, 0 }))
  end)

  it("that dies takes the pool of its task along", function()
    local p <close> = pool.new({ workers = 1, task_timeout = 0.2 })
    local function nest()
      local inner = require("perilune.native.pool").new({ workers = 2 })
      inner:submit(function() while true do end end):result()
    end
    pools.is_failure("timeout", p:submit(nest):error())
    local q <close> = pool.new({ workers = 1 })
    pools.is_failure("exit", q:submit(function()
      local inner = require("perilune.native.pool").new({ workers = 2 })
      inner:submit(function() while true do end end)
      inner:submit(math.abs, -1):result()
      os.exit(1)
    end):error())
  end)
end)

describe("a native pool", function()
  local before

  before_each(function() before = processes.count() end)
  after_each(function() processes.assert_none_left(before) end)

  it("stands beside another one", function()
    local p <close> = pool.new({ workers = 2 })
    local q <close> = pool.new({ workers = 2 })
    local first, second = {}, {}
    for i = 1, 50 do first[i], second[i] = p:submit(work.echo, i), q:submit(work.echo, -i) end
    for i = 1, 50 do
      assert.equal(i, first[i]:result())
      assert.equal(-i, second[i]:result())
    end
    p:close()
    assert.equal(5, q:submit(work.echo, 5):result())
    local done = {}
    for future in pool.as_completed({ q:submit(work.echo, 1), first[1], q:submit(work.echo, 2) }) do
      done[#done + 1] = future:result()
    end
    table.sort(done)
    assert.same({ 1, 1, 2 }, done)
  end)

  it("serves several coroutines", function()
    local p <close> = pool.new({ workers = 2 })
    local routines, results = {}, {}
    for i = 1, 10 do
      routines[i] = coroutine.wrap(function()
        local future = p:submit(work.echo, i)
        coroutine.yield()
        results[i] = future:result()
        for _, r in p:imap(work.echo, { i, i + 1 }) do
          results[i] = results[i] + r
          coroutine.yield()
        end
        return true
      end)
    end
    local left = #routines
    while left > 0 do
      for i, routine in pairs(routines) do
        if routine() then routines[i], left = nil, left - 1 end
      end
    end
    for i = 1, 10 do assert.equal(3 * i + 1, results[i]) end
  end)

  it("lives while somebody may wait for its tasks", function()
    local future = pool.new({ workers = 1 }):submit(work.echo, 5)
    collectgarbage()
    collectgarbage()
    assert.equal(5, future:result())
    local next_result, _, _, tasks = pool.new({ workers = 1 }):imap(work.echo, { 1, 2 })
    collectgarbage()
    assert.same({ 1, 1 }, { next_result() })
    assert.same({ 2, 2 }, { next_result() })
    getmetatable(tasks).__close(tasks)
    next_result, tasks, future = nil, nil, nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
  end)

  -- In a program of its own: in a large heap the collector comes too rarely.
  it("takes tasks from finalisers, which run in the midst of its work", function()
    assert.equal("true\n", run_alone([[
    package.path = "./?.lua;" .. package.path
    local assert, work = require("luassert"), require("spec.native.pool_work")
    local p <close> = require("perilune.native.pool").new({ workers = 2 })
    local futures, waits, refused, living = {}, 0, 0, true

    local function finalise()
      if not living then return end
      setmetatable({}, { __gc = finalise })
      local i = #futures + 1
      futures[i] = p:submit(work.echo, i, { i })
      futures[1]:done()
      p:stats()
      local ok, got = pcall(futures[i].result, futures[i])
      if ok then
        waits = waits + 1
      else
        refused = refused + 1
        got = got == "a finaliser cannot wait for a pool that is at work" and i
      end
      if got ~= i then futures[i] = false end
    end

    for _ = 1, 10 do setmetatable({}, { __gc = finalise }) end
    for round = 1, 4000 do
      local items = {}
      for i = 1, 200 do items[i] = { i } end
      for i, list in ipairs(p:map(work.echo, items)) do assert.equal(i, list[1]) end
      if round == 20 then collectgarbage() end
      if round >= 40 and waits > 0 and refused > 0 then break end
    end
    living = false
    for i, future in ipairs(futures) do assert.equal(i, (future:result())) end
    print(waits > 0 and refused > 0)]]))
  end)

  it("is not closed by a finaliser in the midst of its work", function()
    local p = pool.new({ workers = 1 })
    local refused, living = 0, true
    local function finalise()
      if not living then return end
      setmetatable({}, { __gc = finalise })
      if not p.scheduler.at_work then return end
      local ok, why = pcall(p.close, p)
      assert(not ok and why == "a finaliser cannot wait for a pool that is at work")
      refused = refused + 1
    end
    for _ = 1, 10 do setmetatable({}, { __gc = finalise }) end
    debug.sethook(function()
      if not p.scheduler.at_work then return end
      debug.sethook()
      collectgarbage()
    end, "c")
    assert.same({ 5, 6, n = 2 }, p:map(work.echo, { 5, 6 }))
    debug.sethook()
    assert.equal(10, refused)
    living = false
    p:close()
  end)
end)
