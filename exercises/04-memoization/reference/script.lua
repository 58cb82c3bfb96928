return { memoize = require("perilune.script.memo").wrap }
