return { find_duplicates = require("perilune.native.hashset").duplicates }
