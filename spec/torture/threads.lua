--- What has threads under the thread sanitizer, for as long as it takes: fetches, pools and hosts.
--- Not `pool_parent`: its programs loop without a call of the system, where the sanitizer holds
--- back the signals that are to end them; nor what takes minutes there.

local apart = require("spec.torture.apart")

local LINE <const> = "PERILUNE_SANITIZE=thread TSAN_OPTIONS=halt_on_error=0"
  .. " timeout 300 build/tsan/perilune test --exclude-tags=course %s"

local function reports_in(output)
  local _, count = output:gsub("WARNING: ThreadSanitizer", "")
  return count
end

local function run(_, rows)
  local files = apart.specs_of({ "fetch", "pool" }, { pool_parent = true })
  files[#files + 1] = "spec/host/embed_spec.lua --filter-out='memory may run out'"
  files[#files + 1] = "spec/host/async_interrupt_spec.lua"
  rows[#rows + 1] = apart.run(LINE, files, reports_in, "examples under the thread sanitizer",
    "reports")
end

return { name = "threads", builds = { "tsan" }, run = run }
