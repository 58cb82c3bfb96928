return { new = require("perilune.native.graph").new }
