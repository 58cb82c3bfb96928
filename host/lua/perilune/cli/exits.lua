--- Exit codes of the commands. Scripts and Lua's own options have those of lua5.4. Who ends by
--- a signal has the code that a shell gives it.
return {
  PASSED = 0, FAILED = 1, MISUSE = 2, INCONCLUSIVE = 3, INTERRUPTED = 130, UNREAD = 141,
  SIGNALS = { sigint = 130, sigterm = 143, sighup = 129 },
}
