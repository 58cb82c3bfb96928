--- Exercises with less work in them, for what runs their scripts: exercise 1 with few orders, whose
--- file takes minutes; fewer numbers to compare in exercises 1 and 2; exercise 5 with numbers that
--- take a fifth of the time, and few numbers and URLs to compare.
local copy_tree = require("spec.cli.copy_tree")
local exercises = require("perilune.host").exercises
local files = require("perilune.lab.files")

local PROFILING <const>, ORDERS <const> = "/01-profiling", 500
local DUPLICATES <const> = "/02-duplicates"
local CONCURRENCY <const> = "/05-concurrency"

local function replace(path, old, new)
  local text, count = assert(files.read(path)):gsub(old, new)
  assert(count == 1 and files.write(path, text), path)
end

--- Copies them into a new folder `root`/exercises, for PERILUNE_EXERCISES, which is returned.
return function(root)
  local copies = root .. "/exercises"
  assert(files.make_folder(copies))
  copy_tree(exercises .. PROFILING, copies .. PROFILING)
  local orders = dofile(exercises .. PROFILING .. "/orders.lua")(ORDERS)
  assert(files.write(copies .. PROFILING .. "/orders.csv", orders))
  replace(copies .. PROFILING .. "/exercise.lua", "size = 200000, naive_size = 5000",
    "size = 20000, naive_size = 1000")
  copy_tree(exercises .. DUPLICATES, copies .. DUPLICATES)
  replace(copies .. DUPLICATES .. "/exercise.lua", "size = MILLION, naive_size = 5000",
    "size = 20000, naive_size = 1000")
  copy_tree(exercises .. CONCURRENCY, copies .. CONCURRENCY)
  replace(copies .. CONCURRENCY .. "/numbers.lua", "ROOT <const> = %d+", "ROOT <const> = 200000")
  replace(copies .. CONCURRENCY .. "/exercise.lua", "size = 50, naive_size = 50",
    "size = 10, naive_size = 10")
  replace(copies .. CONCURRENCY .. "/exercise.lua", "size = 50, naive_size = 10",
    "size = 10, naive_size = 5")
  return copies
end
