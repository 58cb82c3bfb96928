return { new = require("perilune.script.pool").new }
