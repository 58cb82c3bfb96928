return { new = require("perilune.native.pool").new }
