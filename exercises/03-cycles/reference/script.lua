return { new = require("perilune.script.graph").new }
