/* The child's side of a judge's requests: what all of them are answered with,
** and how the solution's code is called. Between the frame of a CHILD_CALL and
** its answer nothing but the solution's own function runs.
**
** The stack of the state: the solution's table, its arguments, its results. */
#ifndef PERILUNE_CHILD_SERVER_H
#define PERILUNE_CHILD_SERVER_H

#include <limits.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/child/call_count.h"
#include "host/child/child.h"
#include "host/perilune.h"

/* The stack index of the table whose functions are called. */
enum { SERVER_MODULE = 1 };

typedef struct Server {
  Perilune *host;
  lua_State *L;
  ChildFrame frame; /* of the request being served */
  char *payload;    /* malloc'ed, frame.size bytes */
  int arguments;    /* how many */
  uint64_t instructions;
  CallCount calls;
  char source[PATH_MAX + 1]; /* "@" and the solution's path */
  bool collects; /* the solution's collector runs while its code does */
  lua_Hook hook; /* and what its debug.sethook has set */
  int mask;
  int count;
} Server;

/* Ends the process where the judge has gone. */
void server_answer(const Server *server, ChildCode code, const void *bytes,
                   size_t size);

/* With the message on the top of the stack, which is popped. */
void server_answer_text(Server *server, ChildCode code);

__attribute__((format(printf, 3, 4))) void
server_answer_format(Server *server, ChildCode code, const char *format, ...);

/* A C function for server_call: with the values after the first. */
int server_answer_values(lua_State *L);

/* Another: pushes the values of the payload. */
int server_decode_payload(lua_State *L);

/* While arguments or results are in our hands, no finaliser and no hook of the
** solution's runs: that would be work that no clock sees. From here on, but for
** the time of server_call_solution. */
void server_hold(Server *server);

/* Calls a C function of ours with the Server, and the `count` values on the
** top, which are popped. Answers when it fails. */
bool server_call(Server *server, lua_CFunction function, int count,
                 int results);

/* Calls code of the solution's, and counts what the request asks for. Answers
** when it fails. */
bool server_call_solution(Server *server, int arguments, int results);

/* open.c: serves CHILD_OPEN. */
void server_open(Server *server);

#endif
