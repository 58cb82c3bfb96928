return { without_repeats = require("perilune.script.hashset").unique }
