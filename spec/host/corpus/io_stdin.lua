print(io.read(), io.read("n"), io.read("a") == "", io.read(0), io.lines()())
print(io.stdin:close())
print(pcall(io.read))
print(io.type(io.stdin))
