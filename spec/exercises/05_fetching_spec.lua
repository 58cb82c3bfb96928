--- The second half of exercise 5: what fetches in other ways than asked fails at the right
--- criterion, with a message that says why.
local concurrency = require("spec.exercises.concurrency")
local criteria = require("spec.exercises.criteria")
local files = require("perilune.lab.files")
local judge = require("perilune.lab.judge")
local uv = require("luv")

local exercise5 = concurrency.criteria
local at_once, one_by_one = concurrency.at_once, concurrency.one_by_one
local fails, passes = criteria.fails, criteria.passes
local REFERENCE <const>, SEED <const> = exercise5.reference, exercise5.seed

local ALL <const> = [[
  local list = {}
  for i, r in ipairs(fetch.all(urls, { concurrency = in_flight })) do list[i] = r.ok and r.body end
  return list]]

-- In tasks of its own making.
local TASKS <const> = [[
  local list, permits = {}, async.semaphore(in_flight)
  async.run(function()
    local tasks = {}
    for i, url in ipairs(urls) do
      tasks[i] = async.spawn(function()
        local permit <close> = permits:acquire()
        local r = fetch.get(url)
        list[i] = r.ok and r.body
      end)
    end
    for _, task in ipairs(tasks) do task:result() end
  end)
  return list]]

local GROUPS <const> = [[
  local list = {}
  for first = 1, #urls, in_flight do
    local last = math.min(#urls, first + in_flight - 1)
    for i, r in ipairs(fetch.all({ table.unpack(urls, first, last) })) do
      list[first + i - 1] = r.ok and r.body
    end
  end
  return list]]

local POOL <const> = [[
  local p <close> = pool.new({ workers = in_flight })
  return p:map(function(url)
    local r = require("perilune.fetch").get(url)
    return r.ok and r.body
  end, urls)]]

describe("exercise 5, fetching", function()
  before_each(function() exercise5:open() end)
  after_each(function() exercise5:close() end)

  --- One criterion, changed, for the reference or another file.
  local function changed(name, changes, file)
    local exercise = exercise5:only(name)
    for key, value in pairs(changes) do exercise.checks[1][key] = value end
    return judge.run(exercise, file or REFERENCE .. "/solution.lua", { seed = SEED }).results[1]
  end

  describe("one_by_one", function()
    local function list_of(item)
      return ("local l = {} for i, url in ipairs(urls) do l[i] = %s end return l"):format(item)
    end

    it("gives the bodies", function()
      assert.equal("5 lists, each URL asked for once",
        passes(one_by_one("one_by_one", list_of("fetch.get(url).body"))))
    end)

    it("gives bodies, not results or other things", function()
      fails("a table at [1]; its body alone is asked for",
        one_by_one("one_by_one", list_of("{ ok = true }")))
      fails("200 at [1] is not what its URL was answered with",
        one_by_one("one_by_one", list_of("fetch.get(url).status")))
      fails("nil at [1]; its URL was answered", one_by_one("one_by_one", "return {}"))
      fails("a list was expected, not nil", one_by_one("one_by_one", ""))
      fails("[1] does not belong there: there are 0 URLs",
        one_by_one("one_by_one", 'return { "more" }'))
    end)

    it("cannot be told from the URLs", function()
      local text = fails("is not what its URL was answered with",
        one_by_one("one_by_one", list_of('url:match("//[^/]*(/.*)") .. "\\n"')))
      assert.truthy(text:find("fetch_all(1 URL)\nthe same again: --seed 7f3a", 1, true), text)
    end)

    it("asks for each URL", function()
      fails("the server was asked 0 times for URL 1; once is right",
        one_by_one("one_by_one", list_of([[(function()
          local size = #fetch.get((url:gsub("%x+/%d+$", "other"))).body
          local line = url:match("//[^/]*(/.*)") .. "\n"
          return line:rep(size):sub(1, size)
        end)()]])))
    end)

    it("asks for it once", function()
      fails("the server was asked 2 times for URL 1; once is right",
        one_by_one("one_by_one", list_of("fetch.get(url) and fetch.get(url).body")))
      passes(one_by_one("one_by_one", [[
        local known, l = {}, {}
        for i, url in ipairs(urls) do
          known[url] = known[url] or fetch.get(url).body
          l[i] = known[url]
        end
        return l]]))
    end)

    it("has one in flight", function()
      fails("2 requests were in flight at once, where 1 may be",
        one_by_one("one_by_one", "local in_flight = 2 " .. ALL))
    end)
  end)

  describe("at once", function()
    it("gives the bodies in the order of the URLs", function()
      passes(at_once("concurrent", ALL))
      passes(at_once("concurrent", TASKS))
      passes(at_once("concurrent", GROUPS))
      fails(": they go in the order of the URLs", at_once("concurrent", [[
        local list = {}
        for r in fetch.each(urls, { concurrency = in_flight }) do list[#list + 1] = r.body end
        return list]]))
    end)

    it("never has more in flight than it was told", function()
      fails("4 requests were in flight at once, where 3 may be",
        at_once("concurrent", "in_flight = nil " .. ALL))
      fails("requests were in flight at once; fetch_all_concurrent was told 10",
        at_once("flight", "in_flight = nil " .. ALL))
      fails("11 requests were in flight at once; fetch_all_concurrent was told 10",
        at_once("flight", "in_flight = in_flight + 1 " .. ALL))
    end)

    it("has as many in flight as it was told", function()
      for _, body in ipairs({ ALL, TASKS, GROUPS }) do
        local result = at_once("flight", body)
        assert.equal("10 and 30 of 40 URLs at once, when told so: the server counted",
          passes(result))
        assert.equal(30, result.series.asked)
        assert.equal(40, #result.series.spans)
      end
      fails("at most 10 requests were in flight at once; fetch_all_concurrent was told 30",
        at_once("flight", "in_flight = math.min(in_flight, 10) " .. ALL))
    end)

    it("is more than one after another", function()
      fails("no two requests were in flight at once: each waited for the answer to the one before",
        at_once("flight", "return fetch_all(urls)"))
    end)

    it("is the work of one process", function()
      for _, name in ipairs({ "concurrent", "flight", "total" }) do
        local result = at_once(name, POOL)
        assert.equal("off limits", result.status, result.detail)
        assert.matches("one process can wait for all answers: fetch without a pool", result.detail)
      end
    end)
  end)

  describe("a URL that fails", function()
    it("loses no other", function()
      passes(at_once("failures", ALL))
      passes(at_once("failures", TASKS))
    end)

    it("is false, and not an answer's text or nothing", function()
      fails('fetch_all_concurrent: "500 Internal Server Error\\n" at [2], where no 2xx answer came',
        at_once("failures", (ALL:gsub("r.ok and ", ""))))
      fails("fetch_all_concurrent: nil at [2], where no 2xx answer came; false is asked for",
        at_once("failures", (ALL:gsub("r.body end", "r.body or nil end"))))
      fails("fetch_all_concurrent: the body of URL 3 is at [2]: they go in the order",
        at_once("failures", (ALL:gsub("list%[i%] = r.ok and r.body",
          "if r.ok then list[#list + 1] = r.body end"))))
    end)

    it("is no reason to give up", function()
      fails("raises an error: ", at_once("failures", (ALL:gsub("r.ok and", "assert(r.ok) and"))))
      fails("fetch_all: ", one_by_one("failures", [[
        local list = {}
        for i, url in ipairs(urls) do
          local r = fetch.get(url)
          if not r.ok then return list end
          list[i] = r.body
        end
        return list]]))
    end)
  end)

  describe("the total", function()
    local EASY <const> = { near = 1000, size = 4, in_flight = 2, busy = 1000 }

    --- The result for a function that is given as its body.
    local function total(changes, body)
      return changed("total", changes,
        exercise5:write("solution.lua", concurrency.text("fetch_all_concurrent",
          "urls, in_flight", body)))
    end

    it("is told beside the ideal", function()
      assert.matches("^4 URLs in %S+ %a+, %S+x the ideal of 100 ms; CPU time %S+ [mu]s$",
        passes(changed("total", EASY)))
    end)

    it("is undecided where the worked solution is as slow", function()
      local result = changed("total", { near = 0.5, size = 4, attempts = 2 })
      assert.equal("inconclusive", result.status)
      assert.matches("this machine was too busy for the worked solution as well$", result.detail)
    end)

    it("is too long where the program waits between the requests", function()
      local result = total({ near = 5, size = 10, in_flight = 10 },
        "clock.sleep(0.05 * #urls) " .. ALL)
      fails("x the ideal of 50.0 ms\nat most 5x is asked", result)
    end)

    it("is not reached by asking again and again", function()
      fails(" of it: to wait takes no processor", total({ near = 1000, busy = 0.2 }, [[
        return async.run(function()
          local task = async.spawn(function() ]] .. ALL .. [[ end)
          while not task:done() do coroutine.yield() end
          return task:result()
        end)]]))
    end)
  end)

  describe("the server", function()
    it("that does not start is no fault of the solution's", function()
      local spawn = uv.spawn
      finally(function() uv.spawn = spawn end)
      function uv.spawn() return nil, "EAGAIN: resource temporarily unavailable" end
      for _, name in ipairs({ "one_by_one", "concurrent", "flight", "failures", "total" }) do
        local result = changed(name, {})
        assert.equal("inconclusive", result.status)
        assert.equal("no server could be started: EAGAIN: resource temporarily unavailable",
          result.detail)
      end
    end)

    it("ends with the judging", function()
      local function servers()
        local count = 0
        for name in uv.fs_scandir_next, uv.fs_scandir("/proc") do
          local stat = files.read(("/proc/%s/stat"):format(name)) or ""
          local parent = stat:match("^.*%) %S (%d+)")
          count = count + (tonumber(parent) == uv.os_getpid() and 1 or 0)
        end
        return count
      end
      local before = servers()
      passes(at_once("concurrent", ALL))
      fails("", at_once("concurrent", "return {}"))
      assert.equal(before, servers())
    end)
  end)

  describe("answers.md", function()
    --- The result of one criterion for the reference's answers with lines after headings replaced.
    local function answered(name, lines, ratio)
      local text = assert(files.read(REFERENCE .. "/answers.md"))
      for heading, line in pairs(lines) do
        local first, last = text:find("## " .. heading:gsub("%p", "%%%0") .. "\n[^\n]+")
        text = ("%s## %s\n%s%s"):format(text:sub(1, first - 1), heading, line, text:sub(last + 1))
      end
      exercise5:write("answers.md", text)
      local alone = exercise5:only(name)
      local decide = require("perilune.lab.checks." .. alone.checks[1].kind)
      alone.checks[1].decide = function(check, session)
        session.measures.total = ratio and { ratio = ratio }
        return decide(check, session)
      end
      return judge.run(alone, exercise5.scratch .. "/solution.lua", { seed = SEED }).results[1]
    end

    local function figures(heading, line, ratio)
      return answered("fetch_figures", { [heading] = line }, ratio)
    end

    it("agrees with itself, and with what was measured", function()
      local detail = passes(figures("Most in flight", "20"))
      assert.matches("^most in flight 20; wall time, one by one 5.20 s; ", detail)
      passes(figures("Most in flight", "20", 1.05))
      fails("267 ms under 'Wall time, at once'; 250 ms to 255 ms was expected: the ideal",
        figures("Most in flight", "20", 0.34))
    end)

    it("has no answer before the latency has passed", function()
      fails("3.00 s under 'Wall time, one by one'; at least 5.00 s was expected: 100 answers, each "
        .. "after 50 ms", figures("Wall time, one by one", "3 s"))
      fails("200 ms under 'Wall time, at once'; at least 250 ms", figures("Wall time, at once",
        "200 ms"))
    end)

    it("has the ideal, and as many at once as there can be", function()
      fails("500 ms under 'Ideal time'; 250 ms was expected: 50 ms, as often as 20 requests fit "
        .. "into 100", figures("Ideal time", "500 ms"))
      fails("1 under 'Most in flight'; 2 to 100 was expected", figures("Most in flight", "1"))
      fails("speed-up 25.0x, but 5.20 s / 267 ms is 19.5x", figures("Speed-up, at once", "25x"))
    end)

    it("knows that to wait takes no processor", function()
      fails("5.00 s under 'CPU time, one by one'; at most 2.60 s was expected: to wait takes no",
        figures("CPU time, one by one", "5 s"))
    end)

    local function choices(lines) return answered("choices", lines) end

    it("has choices that follow from its own figures", function()
      assert.equal("what the pool makes shorter: wall time; what requests at once make shorter: "
        .. "both; CPU-bound: factoring; I/O-bound: fetching; for CPU-bound work: a pool; for "
        .. "I/O-bound work: at once", passes(choices({})))
      fails("'CPU time' under 'What the pool makes shorter'; your figures: wall time 1.02 s, then "
        .. "540 ms; CPU time 1.01 s, then 1.03 s",
        choices({ ["What the pool makes shorter"] = "CPU time" }))
      passes(choices({ ["What requests at once make shorter"] = "Wall time",
        ["CPU time, at once"] = "33 ms" }))
      passes(choices({ ["What the pool makes shorter"] = "neither", ["Wall time, pooled"] = "1 s",
        ["Speed-up"] = "1.0x" }))
    end)

    it("tells the works apart by their shares", function()
      fails("'fetching' under 'CPU-bound'; your figures: CPU time is 99 % of factoring's wall "
        .. "time, 0.66 % of fetching's", choices({ ["CPU-bound"] = "Fetching, 99 %" }))
      fails("50 % under 'CPU-bound'; by your figures it is 99 %",
        choices({ ["CPU-bound"] = "Factoring, 50 %" }))
      fails("no number with % under 'I/O-bound'", choices({ ["I/O-bound"] = "fetching" }))
    end)

    it("names one of them", function()
      fails("name one under 'For I/O-bound work': a pool, at once; not a pool and at once",
        choices({ ["For I/O-bound work"] = "a pool, or requests at once" }))
      fails("name one under 'For CPU-bound work': a pool, at once",
        choices({ ["For CPU-bound work"] = "both help" }))
      fails("'at once' under 'For CPU-bound work'; your figures: CPU time is 99 % of factoring's "
        .. "wall time, 0.66 % of fetching's; factoring became 1.9x as fast by a pool, fetching "
        .. "19.5x by requests at once", choices({ ["For CPU-bound work"] = "requests at once" }))
    end)

    it("needs all of its figures for that", function()
      fails("no number under 'Speed-up, at once'", choices({ ["Speed-up, at once"] = "much" }))
    end)
  end)
end)
