--- perilune.graph in C: the store keeps nodes and edges and collects; what only reads a graph is in
--- Lua, as for the script version.

local analyses = require("perilune.graph.analyses")
local store = require("perilune.native.graph.store")

analyses.extend(store.methods)

return { new = store.new }
