--- What the tests that a build has run have covered: perilune spec/torture/covered.lua BUILD. The
--- build has PERILUNE_COVERAGE. Of what runs in a sandbox nothing is counted; the checks of other
--- sanitizers count as branches that nothing takes.

package.path = "./?.lua;" .. package.path
local rooms = require("spec.torture.rooms")
local show = require("spec.torture.show")

local rows = {}
rooms(arg[1], rows, function() return true end)
show(rows)
os.exit(#rows > 1)
