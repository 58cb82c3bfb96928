return { memoize = require("perilune.native.memo").wrap }
