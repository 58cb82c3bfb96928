print("never")
local s = "unclosed
print(s)
