/* The functions that a profile has seen, each once: by kind, source, lines and
** shape if it is Lua's, by address if it is C's. */
#ifndef PERILUNE_FUNCTIONS_H
#define PERILUNE_FUNCTIONS_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/profiler/callinfo.h"
#include "host/profiler/index.h"

typedef enum FunctionKind {
  FUNCTION_ROOT,
  FUNCTION_MAIN, /* a chunk */
  FUNCTION_LUA,
  FUNCTION_C,
  FUNCTION_ZONE
} FunctionKind;

typedef struct Function {
  const void *address; /* of C's */
  char *name;          /* NULL: none is known */
  uint32_t source;
  int line, last; /* where it is defined; -1: nowhere */
  int shape;      /* tells most functions apart that stand on one line */
  FunctionKind kind;
  bool own;      /* the profiler's: no part of what is profiled */
  bool resolved; /* its name is one that names.c has given */
} Function;

typedef struct Source {
  char *text;
  uint64_t hash;
} Source;

/* The function that a key stood for at an age (callinfo.h). */
typedef struct KnownKey {
  CallKey key;
  uint32_t function;
} KnownKey;

typedef struct Functions {
  Function *items;
  uint32_t count, capacity;
  Source *sources;
  uint32_t source_count, source_capacity;
  uint32_t chunks, zones; /* how many there are */
  Index by_identity, by_source, by_key;
  KnownKey *keys; /* of by_key's numbers */
  uint32_t key_count, key_capacity;
} Functions;

enum { FUNCTION_IS_ROOT = 0 };

/* Each returns a number for `items`, the root's when memory runs out. Throws
** nothing. */
bool functions_open(Functions *functions);
void functions_close(Functions *functions);
uint32_t functions_of_call(Functions *functions, lua_State *L, lua_Debug *ar,
                           CallKey key);

/* A number, never 0, that tells apart what lua_getinfo("Su") has described. */
uint64_t functions_hash(const lua_Debug *ar);

uint32_t functions_of_zone(Functions *functions, const char *name);

/* Whether a source, as lua_Debug has it, is the profiler's own. */
bool functions_is_own(const char *source);

/* The C function of an address, or the root. */
uint32_t functions_of_address(const Functions *functions, const void *address);

/* A function that lua_getinfo(">Su") has described, or the root. */
uint32_t functions_of_definition(const Functions *functions,
                                 const lua_Debug *ar);
bool functions_rename(Functions *functions, uint32_t number, const char *name);

#endif
