/* A recorder as an object of the state's, so that it is freed with it. */
#ifndef PERILUNE_RECORDER_OBJECT_H
#define PERILUNE_RECORDER_OBJECT_H

#include "host/profiler/recorder.h"

/* Pushes a new one, zeroed; its finaliser stops and closes it. May throw. */
Recorder *recorder_object_new(lua_State *L);

/* The recorder that runs on the state, or NULL. */
Recorder *recorder_object_running(lua_State *L);

/* Stops the one that runs, if one does. Throws nothing. */
void recorder_object_stop(lua_State *L);

/* Makes the object on top of the stack, popped, the one that runs. May throw
** unless it has been called before. */
void recorder_object_set(lua_State *L);

/* Pushes the running one's object, which runs no longer, or nil. */
void recorder_object_take(lua_State *L);

#endif
