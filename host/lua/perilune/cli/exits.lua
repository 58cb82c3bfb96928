--- Exit codes of the commands. Scripts and Lua's own options have those of lua5.4.
return { PASSED = 0, FAILED = 1, MISUSE = 2, INCONCLUSIVE = 3, INTERRUPTED = 130 }
