--- Scripts and programs that must run as under lua5.4.
return require("spec.torture.specs")("alike", "runs like lua5.4's", 0.05,
  { "spec/host/lua_spec.lua", "spec/host/debian_spec.lua", "spec/profiler/alike_spec.lua" })
