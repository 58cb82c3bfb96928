return { all = require("perilune.native.fetch").all }
