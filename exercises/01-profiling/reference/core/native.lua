return { without_repeats = require("perilune.native.hashset").unique }
