--- Exit codes of the commands. Scripts and Lua's own options have those of lua5.4. The last two are
--- those that a shell gives to who ends by SIGINT or SIGPIPE.
return {
  PASSED = 0, FAILED = 1, MISUSE = 2, INCONCLUSIVE = 3, INTERRUPTED = 130, UNREAD = 141,
}
