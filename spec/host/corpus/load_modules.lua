-- Loaders, searchers and environments of chunks.
local parts = { "return ", "1", " + ", "", "ignored" }
local i = 0
print(load(function() i = i + 1 return parts[i] end), load(function() error("in reader") end), load(function() return {} end))
local i2 = 0
print(load(function() i2 = i2 + 1 return ({ "return ...", ", x" })[i2] end, "=pieces", "t", { x = "env" })("a"))
print(load("x = 1", "@file.lua", "b"), load(string.dump(function() end), "d", "t"), load("\27bad"), load(""))
print(load("return _ENV", "c", "t", 5)(), pcall(load("return x", "c", "t", 5)), load("error('e')", "name\nline"))
print(pcall(load("error('e')", "a name that is much longer than what fits into the short source of a chunk")))
print(pcall(load("error('e')", "@/a/path/that/is/much/longer/than/what/fits/into/the/short/source/of/a/chunk.lua")))
print(pcall(load("\n\nerror('e')", "first line\nsecond line")), pcall(load("error('e')", "=" .. ("x"):rep(80))))
local dumped = string.dump(function(a) return a, debug.getinfo(1, "l").currentline end)
print(load(dumped)(3), load(string.dump(load(dumped), true))(3), pcall(load, dumped:sub(1, 30), "cut", "b"))
print(pcall(string.dump, print), loadfile("/no/such"), pcall(dofile, "/no/such"), pcall(loadfile, "/tmp", "t"))
package.preload["made.up"] = function(...) print("loader", ...) return nil end
print(require("made.up"), package.loaded["made.up"], require("made.up"))
package.preload.falsy = function() return false end
print(require("falsy"), package.loaded.falsy)
package.preload.failing = function() error("in loader") end
print(pcall(require, "failing"))
table.insert(package.searchers, 2, function(name) return name == "found" and function(...) return { ... } end or "\n\tnot by me", "extra" end)
print(table.unpack((require("found"))), select(2, require("found")), pcall(require, "lost.module"))
table.remove(package.searchers, 2)
print(package.searchpath("a.b", "./?.x;/?/y", ".", "/"), package.searchpath("a-b", "?", "-", "+"), package.config)
local searchers = package.searchers
package.searchers = nil
print(pcall(require, "none"))
package.searchers = searchers
package.path = nil
print(pcall(require, "none"))
package.path = ""
print(pcall(require, "none"), package.loadlib("/no/such.so", "f"), package.loadlib("/no/such.so", "*"))
