--- What a program in the sandbox may try, and those who grade it.
return require("spec.torture.specs")("attacks", "attacks stopped", 0.05, { "spec/sandbox" })
