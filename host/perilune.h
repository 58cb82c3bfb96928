/* Perilune: an embeddable Lua 5.4 host for performance work.
**
** A host is a Lua state with an allocator that counts and limits, one owner of
** the debug hook, and Perilune's modules ready for `require`. Open a host of
** your own, or attach one to a state that you already have:
**
**   Perilune *host = perilune_open(NULL);
**   if (perilune_run_file(host, "script.lua") != PERILUNE_OK)
**     fprintf(stderr, "%s\n", perilune_error(host));
**   perilune_close(host);
**
** Threads: a host and its state belong to one thread at a time; hosts share
** nothing, so each thread may have its own. perilune_interrupt alone may be
** called from any thread, or from a signal handler.
**
** Process-wide: opening the first host installs a handler for SIGURG, which
** carries interrupts to the thread that runs the host; a SIGURG that is not
** ours goes on to the handler found there before. The first sampled
** profile does the same with SIGPROF.
*/
#ifndef PERILUNE_H
#define PERILUNE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PERILUNE_VERSION "0.1.0"

typedef struct Perilune Perilune;

typedef enum PeriluneStatus {
  PERILUNE_OK,
  PERILUNE_FILE,         /* the file cannot be read */
  PERILUNE_SYNTAX,       /* the chunk does not compile */
  PERILUNE_ERROR,        /* a Lua error */
  PERILUNE_MEMORY,       /* memory, or the memory limit, ran out */
  PERILUNE_TIME,         /* the time limit ran out */
  PERILUNE_INSTRUCTIONS, /* the instruction limit ran out */
} PeriluneStatus;

typedef struct PeriluneOptions {
  size_t memory_limit;     /* bytes; 0: none */
  bool ignore_environment; /* LUA_PATH, LUA_CPATH and their kin */
} PeriluneOptions;

/* A host with a state of its own and the standard libraries open; NULL for
** `options` means all zero. NULL when there is not enough memory. */
Perilune *perilune_open(const PeriluneOptions *options);

/* A host for a state that the caller owns, with its libraries open. Its
** allocator is wrapped and its debug hook handed on. NULL when there is not
** enough memory, or the state has a host already. Close the host before the
** state: limits and redirections end then, modules stay. Limits and interrupts
** do not reach coroutines that coroutine.wrap made before, or that C code
** resumes. */
Perilune *perilune_attach(lua_State *L);

/* Closes a host, and its state if the host opened it. NULL is ignored. */
void perilune_close(Perilune *host);

/* The host's main thread: never NULL, owned by the host. */
lua_State *perilune_state(Perilune *host);

/* The host of a state or of any of its coroutines; NULL when it has none. */
Perilune *perilune_of(lua_State *L);

/* The global table `arg`: argv[script] is arg[0], what stands before it has
** negative indices, what follows is also passed to perilune_run_file. The
** strings are copied. */
PeriluneStatus perilune_set_arguments(Perilune *host, int argc,
                                      const char *const *argv, int script);

/* Which implementation `require` gives: "script", "hashset=native",
** "hashset=mine.lua", or several, with commas between. */
PeriluneStatus perilune_set_impl(Perilune *host, const char *choice);

/* Each runs under a traceback on the host's state and drops its results.
** A file named NULL is standard input. */
PeriluneStatus perilune_run_file(Perilune *host, const char *path);
PeriluneStatus perilune_run_string(Perilune *host, const char *chunk,
                                   size_t length, const char *name);

/* lua_pcall under a traceback: the function and `nargs` arguments on the stack
** of perilune_state are replaced by `nresults` results, or by nothing when it
** fails: the error is then in perilune_error. */
PeriluneStatus perilune_call(Perilune *host, int nargs, int nresults);

/* The last failure's message, with its traceback where there is one; never
** NULL. It lives until the host's next failure, or its close. */
const char *perilune_error(const Perilune *host);

/* Takes what the host's scripts write to one of their standard streams
** (print, io.write, io.stdout, io.stderr, warn). Returns false to make the
** script's write fail. `stream` is 1 for output, 2 for errors. */
typedef bool (*PeriluneWrite)(void *data, const char *bytes, size_t length);
PeriluneStatus perilune_redirect(Perilune *host, int stream,
                                 PeriluneWrite write, void *data);

/* Limits; 0 lifts one. Memory is all that the state holds, in bytes: beyond it
** Lua raises "not enough memory" and the state stays usable. Time (seconds of
** the wall clock) and VM instructions are those of one run; when one is used up
** the run is ended, whatever pcall the script wraps around itself. Both are
** those set when the run begins; a C function that does not return, a finaliser
** and a debug hook do not see them, for Lua calls no hooks there. */
void perilune_limit_memory(Perilune *host, size_t bytes);
void perilune_limit_time(Perilune *host, double seconds);
void perilune_limit_instructions(Perilune *host, uint64_t count);

/* Bytes that the state holds now, and the most it has held. */
size_t perilune_memory_used(const Perilune *host);
size_t perilune_memory_peak(const Perilune *host);

/* Raises the error "interrupted!" in the run under way, once; does nothing
** when none is. Safe from any thread and from signal handlers. */
void perilune_interrupt(Perilune *host);

typedef enum PeriluneProfileMode {
  PERILUNE_PROFILE_CALLS,  /* every call and its time */
  PERILUNE_PROFILE_SAMPLE, /* what runs, looked at in steady intervals */
  PERILUNE_PROFILE_LINES,  /* every line, its count and time */
  PERILUNE_PROFILE_MEMORY, /* every allocation, by function and line */
} PeriluneProfileMode;

typedef struct PeriluneProfileOptions {
  PeriluneProfileMode mode;
  double interval; /* seconds between samples; 0: 0.001 */
} PeriluneProfileOptions;

/* Records what the state does from now on, in this run and those that follow;
** NULL for `options` means all zero. Fails while a profile is being recorded,
** by a script too. Not from inside a coroutine. A profile that is still being
** recorded when the host closes is lost. */
PeriluneStatus perilune_profile_start(Perilune *host,
                                      const PeriluneProfileOptions *options);

/* Ends the recording; fails when there is none. The host keeps the profile
** until it has the next one. */
PeriluneStatus perilune_profile_stop(Perilune *host);

/* Writes the profile that the host keeps to a file, any number of times.
** `format` is "json", "text", "html", "svg", "pstats", "speedscope",
** "collapsed" or "callgrind"; NULL: what the file's name ends with. What is
** saved to "/dev/stdout" follows what was printed to stdout. PERILUNE_FILE when
** the file cannot be written, which is then untouched; PERILUNE_ERROR when
** there is no profile, no such format, or the format cannot be written. */
PeriluneStatus perilune_profile_save(Perilune *host, const char *path,
                                     const char *format);

/* Brings a coroutine under the profile that C code made before its start and
** resumes by itself. Others need nothing. */
void perilune_profile_thread(Perilune *host, lua_State *thread);

#ifdef __cplusplus
}
#endif

#endif
