print(package.config == "/\n;\n?\n!\n-\n", package.path, package.cpath)
local names = {}
for name in pairs(package.loaded) do names[#names + 1] = name end
table.sort(names)
print(table.concat(names, " "))
names = {}
for name in pairs(_G) do names[#names + 1] = name end
table.sort(names)
print(table.concat(names, " "), _VERSION)
names = {}
for name in pairs(package) do names[#names + 1] = name end
table.sort(names)
print(table.concat(names, " "), #package.searchers)
print(pcall(require, "no.such-module"))
print(pcall(require))
print(package.searchpath("no.such", "./?.lua;./?/x.lua"))
print(package.searchpath("traceback_text", "./?.lua"))
print(package.searchpath("a-b", "./?.lua", "-", "+"))
package.preload.mine = function(...) print("loading", ...) return { loaded = true } end
print(require("mine").loaded, select(2, require("mine")))
print(package.loaded.mine == require("mine"))
package.preload.empty = function() end
print(require("empty"))
package.preload.negative = function() return false end
print(require("negative"))
package.loaded.negative = nil
print(require("negative"))
package.path = "./?.lua"
package.cpath = ""
print(require("return_values"))
print(pcall(require, "syntax_error_string"))
print(pcall(require, "uncaught_table") == false)
package.preload.loop = function() return require("loop2") end
package.preload.loop2 = function() package.loaded.loop2 = "half" return require("loop2") end
print(require("loop"))
package.searchers[#package.searchers + 1] = function(name) return "\n\tno luck with " .. name end
print(pcall(require, "x"))
table.insert(package.searchers, 2, function(name)
  return function(...) return { ... } end, "extra " .. name
end)
print(table.unpack((require("found"))))
package.searchers = nil
print(pcall(require, "another"))
package.path = nil
print(pcall(package.searchpath, "x"))
print(package.loadlib("/nonexistent.so", "*"))
print(package.loadlib("/nonexistent.so", "luaopen_x"))
print(pcall(package.loadlib))
