return { all = require("perilune.script.fetch").all }
