/* Process pools in a host: their processes end with it. */
#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spec/host/embed.h"

static const char busy[] =
    "p = require('perilune.native.pool').new{workers = 2}\n"
    "assert(p:submit(math.abs, -5):result() == 5)\n"
    "endless = p:submit(load('while true do end'))\n";

static bool has_children(void) {
  return waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

static void a_hosts_pools_end_with_it(void) {
  Perilune *host = open_host();
  run_ok(host, busy);
  run_ok(host, "q = require('perilune.native.pool').new{workers = 2}\n"
               "assert(#q:map(math.abs, {-1, -2, -3}) == 3)");
  CHECK(has_children());
  perilune_close(host);
  CHECK(!has_children());
}

static void a_limit_ends_the_wait_for_a_task(void) {
  Perilune *host = open_host();
  run_ok(host, busy);
  perilune_limit_time(host, 0.02);
  CHECK(run(host, "endless:result()") == PERILUNE_TIME);
  CHECK(run(host, "p:shutdown()") == PERILUNE_TIME);
  perilune_limit_time(host, 0);
  CHECK(run(host, "assert(endless:cancel{kill = true})") == PERILUNE_OK);
  perilune_close(host);
  CHECK(!has_children());
}

static bool count_bytes(void *data, const char *bytes, size_t length) {
  size_t *count = data;
  (void)bytes;
  *count += length;
  return true;
}

/* What tasks print goes where the process's own output goes. */
static void redirected_output_is_the_hosts_alone(void) {
  Perilune *host = open_host();
  size_t count = 0;
  CHECK(perilune_redirect(host, 1, count_bytes, &count) == PERILUNE_OK);
  run_ok(host, "io.write('before ')\n"
               "local pool = require('perilune.native.pool')\n"
               "local p <close> = pool.new{workers = 1}\n"
               "p:submit(io.write, 'from a task\\n'):error()\n"
               "print('after')");
  CHECK(count == strlen("before after\n"));
  perilune_close(host);
  CHECK(!has_children());
}

static void hosts_have_pools_of_their_own(void) {
  Perilune *one = open_host(), *other = open_host();
  run_ok(one, busy);
  run_ok(other, busy);
  perilune_close(one);
  run_ok(other, "assert(p:submit(math.abs, -7):result() == 7)");
  perilune_close(other);
  CHECK(!has_children());
}

/* What it has are handles of another process's, which it lets alone. */
static void a_forked_process_ends_no_pool(void) {
  Perilune *host = open_host();
  run_ok(host, busy);
  run_ok(host, "crew = require('perilune.native.pool.crew').new{workers = 1}\n"
               "engine = require('perilune.native.fetch.engine')"
               ".new(false, {})\n"
               "assert(crew:owned() and engine:owned())");
  pid_t pid = fork();
  if (pid == 0) {
    run_ok(host, "assert(not crew:owned() and not engine:owned())");
    perilune_close(host);
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  run_ok(host, "assert(crew:start(1) and engine:owned())");
  run_ok(host, "assert(p:submit(math.abs, -7):result() == 7)");
  perilune_close(host);
  CHECK(!has_children());
}

const Test pool_tests[] = {
    {"a host's pools end with it", a_hosts_pools_end_with_it},
    {"a limit ends the wait for a task", a_limit_ends_the_wait_for_a_task},
    {"redirected output is the host's alone",
     redirected_output_is_the_hosts_alone},
    {"hosts have pools of their own", hosts_have_pools_of_their_own},
    {"a forked process ends no pool", a_forked_process_ends_no_pool},
    {NULL, NULL},
};
