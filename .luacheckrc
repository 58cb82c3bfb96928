std = "lua54"
max_line_length = 100
self = false -- a method may ignore its receiver
exclude_files = {
  "build*/", "**/build/", "**/node_modules/",
  "docs/api/perilune/", -- stubs have no bodies
  "spec/host/corpus/", -- scripts that do what scripts should not
}

files["spec/"].std = "+busted"
files["exercises/**/*_spec.lua"].std = "+busted"
