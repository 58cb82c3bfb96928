--- perilune.fetch with many requests at once. libcurl, in C (native/fetch/), carries them.

local batch = require("perilune.native.fetch.batch")
local client = require("perilune.fetch.client")

return client.new(batch.new)
