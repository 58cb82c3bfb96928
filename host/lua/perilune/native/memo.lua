--- perilune.memo in C: for the time being, the script version.
return require("perilune.script.memo")
