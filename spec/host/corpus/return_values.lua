print(...)
return "ignored", 5, false
