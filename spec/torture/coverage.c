/* Writes down what was covered where a process leaves by _exit, too; never
** where the build cannot be written, in a sandbox or as another user, of which
** gcov would complain on standard error. */
#include <stddef.h>
#include <unistd.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): gcov's, the linker's */
void __gcov_dump(void);
void __real___gcov_exit(void);
void __wrap___gcov_exit(void);
_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);

/* spec/faults/faults.c, where that is linked: gcov's own calls must not fail,
** or its files would be broken. */
__attribute__((weak)) void faults_use(void *faults);

static int is_writable(void) {
  if (faults_use) faults_use(NULL);
  return access(BUILD_FOLDER, W_OK) == 0;
}

/* What each compiled file calls when its process ends. */
void __wrap___gcov_exit(void) {
  if (is_writable()) __real___gcov_exit();
}

_Noreturn void __wrap__exit(int code) {
  if (is_writable()) __gcov_dump();
  __real__exit(code);
}
/* NOLINTEND(bugprone-reserved-identifier) */
