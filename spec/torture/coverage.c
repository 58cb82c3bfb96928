/* Writes down what was covered where a process leaves by _exit, too. */
#include <stddef.h>
#include <unistd.h>

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): gcov's, the linker's */
void __gcov_dump(void);
_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);

/* spec/faults/faults.c, where that is linked: gcov's own calls must not fail,
** or its files would be broken. */
__attribute__((weak)) void faults_use(void *faults);

_Noreturn void __wrap__exit(int code) {
  if (faults_use) faults_use(NULL);
  __gcov_dump();
  __real__exit(code);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */
