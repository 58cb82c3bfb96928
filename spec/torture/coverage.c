/* Writes down what was covered where a process leaves by _exit, too. */
#include <unistd.h>

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): gcov's, the linker's */
void __gcov_dump(void);
_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);

_Noreturn void __wrap__exit(int code) {
  __gcov_dump();
  __real__exit(code);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */
