return { find_duplicates = require("perilune.script.hashset").duplicates }
