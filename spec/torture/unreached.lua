--- Lines and branches of the cores that no test reaches, by file: {reason, line, line...}, each
--- line as it begins. What an entry stands for: reasons.lua.

return {
  ["native/array.c"] = {
    { "the layout of another Lua, which is not this one's", "return array_key(item, &read)",
      "if ((table->type & 0x3f)", "if (foreign ?", "if (lua_version(L)",
      "return known && table->length" },
  },
  ["native/clock/clock_lua.c"] = {
    { "what the system has never refused", "if (clock_gettime(id", "if (getrusage(" },
    { "nobody waits so long", "if (span > LONGEST_SLEEP)" },
  },
  ["native/fetch/failure.c"] = {
    { "libcurl of another version tells of it so", "case CURLE_LOGIN_DENIED",
      'default: return "curl"', "switch (t->code)" },
  },
  ["native/fetch/fetcher.c"] = {
    { "libcurl, or fetch, has no memory at that very moment", "if (!longer)",
      "if (failed && (events", "if (t) t->deaf", "if (!reserve(f", "if (!code)",
      "TransferFault fault = memory", "if ((size_t)descriptor < f->watched_room)" },
    { "nobody waits thirty years", "return (int)(ms < longest", "if (ns == FETCHER_NEVER)" },
  },
  ["native/fetch/libcurl.c"] = {
    { "libcurl of another version", "misfolds = number" },
  },
  ["native/fetch/plan_lua.c"] = {
    { "the Lua half has checked the options", "if (lua_type(L, -1) != LUA_TSTRING)",
      "if (!lua_istable(L, -1))", "if (!(*(*room)++", "if (!name) return why",
      "setting->value = (curl_off_t)", "if ((lua_Number)setting->value", "if (!lua_isboolean",
      "const char *name = named", "*setting = (Setting)", 'lua_pushfstring(L, "option',
      "luaL_argcheck(L, most", "if (strlen(bytes) != size" },
  },
  ["native/fetch/settings.c"] = {
    { "libcurl, or fetch, has no memory at that very moment", ": libcurl.easy_setopt(" },
  },
  ["native/fetch/transfer.c"] = {
    { "libcurl, or fetch, has no memory at that very moment", "if (!bytes) return false;",
      "if (!reserve(buffer", "bool kept = ", "return kept ?", "if (!append(&t->body", "SET(",
      "if (!t->partial)", "if (!posts && !puts" },
    { "libcurl rewinds to the beginning, and nowhere else", "if (origin != SEEK_SET" },
    { "so many names that are all taken", "for (int i = 0; i < TRIES" },
  },
  ["native/frame.c"] = {
    { "the layout of another Lua, which is not this one's", "return item->type == ARRAY_INTEGER",
      "if (!lua_getstack(L, 0, &own)", "if (!same || state->top",
      "lua_pushboolean(L, is_integer(", "upvalue->type ==", "if (lua_version(L)" },
  },
  ["native/frame.h"] = {
    { "the layout of another Lua, which is not this one's",
      "if (!atomic_load_explicit(&frame_trusted" },
  },
  ["native/graph/bulk_lua.c"] = {
    { "luaL_error does not return", "abort();" },
    { "the layout of another Lua, which is not this one's", "if (items) {" },
    { "the layout of another Lua, which is not this one's",
      "lua_pushinteger(L, (lua_Integer)id);" },
  },
  ["native/graph/collect_lua.c"] = {
    { "Lua's stack is full to its last places", "if (lua_checkstack(L, 8))", "if (!has_stack(L" },
    { "luaL_error does not return", "abort();" },
    { "its callers have made sure", "return box->calls > 0" },
  },
  ["native/graph/graph.c"] = {
    { "more of them than memory holds", "if (node_handles_count(*handles) == HANDLES_MOST)" },
    { "places between live nodes", "if (node.slab->generation[node.i] & 1)" },
  },
  ["native/graph/graph_lua.c"] = {
    { "luaL_error does not return", "abort();" },
  },
  ["native/graph/inspect_lua.c"] = {
    { "more of them than memory holds", "lua_createtable(L, room > INT32_MAX" },
    { "its callers have made sure", "} while (slots < box->graph.slots);" },
  },
  ["native/graph/nodes.h"] = {
    { "more of them than memory holds", "if (node_handles_count(*handles) == HANDLES_MOST)" },
    { "its callers have made sure", "if (edges[1] == EDGE_NONE &&" },
  },
  ["native/graph/object_lua.c"] = {
    { "released with its graph", "if (!box) return 0;" },
  },
  ["native/graph/room_lua.c"] = {
    { "a finaliser of Lua's has changed the graph just so", "return a->room == b->room",
      "a->size == b->size;", "if (box->closed)" },
    { "more of them than memory holds", "if (!graph_most(" },
  },
  ["native/graph/slab.c"] = {
    { "a slab all of whose places are used up: 134 million nodes came and went",
      "return !place->slab &&", "while (number < graph->slab_numbers" },
    { "more of them than memory holds", "if (count > MOST_PLACES)", "size_t bytes = full ?",
      "if (n <= graph->free_slots", "size_t bytes = size_class < SPILL_CLASSES", ": TOO_MUCH;",
      "if (size_class < SPILL_CLASSES" },
    { "its callers have made sure", "switch (need->room)", "if (words > 0)",
      "case GRAPH_ROOM_ENOUGH" },
    { "a finalizer makes nodes in the midst of a walk", "if (graph->top > 0)" },
    { "slabs go in an order that tests do not choose", "return !graph->idle &&",
      "if (graph->walking ||", "if (graph->next_slab == slab)", "if (slab && slab->live == 0)" },
    { "the list is made shorter only after a walk", "if (graph->top > 0 || graph->work_capacity" },
  },
  ["native/graph/slab.h"] = {
    { "more of them than memory holds", "if (state_count(*state) != NODE_STUCK)" },
  },
  ["native/graph/slots.h"] = {
    { "64 places of a word are used up at once", "if (!bits) return;" },
  },
  ["native/graph/spill.c"] = {
    { "room that was given back between others", "while (number < spill->count" },
  },
  ["native/graph/trace.c"] = {
    { "a slab that was given back while its graph was walked", "if (slab && slab->live > 0)",
      "for (uint32_t word = 0; slab &&" },
  },
  ["native/graph/trial.c"] = {
    { "more of them than memory holds", "if (state_count(*state) == NODE_STUCK)" },
  },
  ["native/hashset/algebra_lua.c"] = {
    { "a finaliser of Lua's has changed a set just so", "parts[1].other ==",
      "if (version != versions(L))" },
  },
  ["native/hashset/hashset.c"] = {
    { "its callers have made sure", "if (old.numbers && set->numbers)",
      "for (; set->controls[slot]" },
    { "64 members in a row without a free slot", "return n == HASHSET_BATCH" },
  },
  ["native/hashset/items_lua.c"] = {
    { "gcov's: the end of a function whose return is above", "}" },
  },
  ["native/hashset/members_lua.c"] = {
    { "a finaliser of Lua's has changed the list just so",
      "if (!items_integers(L, items, &integers)) return false;" },
    { "more of them than memory holds", "lua_createtable(L, set->count < INT_MAX" },
    { "sets are filled from a list only when they are made", "set->count > 0 ||" },
  },
  ["native/hashset/select_lua.c"] = {
    { "more of them than memory holds", "if (items->length > INTEGERS_MAX",
      "lua_createtable(L, count < INT_MAX" },
    { "a finaliser of Lua's has changed the list just so",
      "if (!items_integers(L, items, &integers)) return false;" },
  },
  ["native/ints/ints_file_lua.c"] = {
    { "neither writing nor closing has worked", "if (fclose(file) != 0 && written)" },
    { "a file that was never opened", "if (source->file)" },
  },
  ["native/ints/ints_lua.c"] = {
    { "its callers have made sure", "if (text && strcmp(text, *names)",
      "lua_pushboolean(L, a && b" },
    { "more of them than memory holds", "luaL_argcheck(L, (uint64_t)length <= INTS_MAX",
      "luaL_argcheck(L, ints->length <= INT_MAX" },
  },
  ["native/memo/entries_lua.c"] = {
    { "an enumeration has no other value", "switch (value_key(L, index, key))" },
    { "what dies while it is looked at", "if (!weak_is_dead(L, entries, number) &&" },
  },
  ["native/memo/memo.c"] = {
    { "a finaliser of Lua's has changed it just so", "if (shape.capacity < memo->used" },
    { "a store has a time to live from its first entry on, or never",
      "if (memo->deadlines && old.deadlines)", "uint32_t number = memo->hand" },
    { "two keys with one hash of 64 bits", "if (others(memo, number)" },
  },
  ["native/memo/memo_lua.c"] = {
    { "the layout of another Lua, which is not this one's", "return plain && array_key(item" },
  },
  ["native/memo/weak_lua.c"] = {
    { "what dies while it is looked at",
      "if (lua_getiuservalue(L, entries->self, ENTRIES_OWNERS) != LUA_TTABLE)",
      "if (get_owned(L, entries))", "if (!is_weak(call, i) ||",
      "if (lua_toboolean(L, -1)) return true;", "if (get_owned(L, entries) &&" },
  },
  ["native/message.c"] = {
    { "its callers have made sure", "if (e->met > 0)" },
  },
  ["native/message_buffer.c"] = {
    { "Lua's stack is full to its last places", "if (!lua_checkstack(L, slots))" },
  },
  ["native/message_buffer.h"] = {
    { "its callers have made sure", "if (size) memcpy(" },
  },
  ["native/message_decode.c"] = {
    { "a sender has died in the midst", "return d->source->more(" },
    { "the layout of another Lua, which is not this one's", "return items ? items + n" },
    { "decoder_fault returns false", "return decoder_left(d) == 0" },
    { "more of them than memory holds", "if (room > INT_MAX / 2)", "if (*count > INT_MAX - SLOTS" },
  },
  ["native/message_lua.c"] = {
    { "its callers have made sure", "if (piece->size) memcpy(" },
  },
  ["native/message_path.c"] = {
    { "it is held by one of them", "for (int i = 1; (name = lua_getupvalue", "return false;" },
  },
  ["native/parcel_function.c"] = {
    { "bytes that are no parcel in a way that no kept input of the fuzzer is",
      "while (parcel_next_block", "if (!decoder_take_count(", "if (number == 0 ||",
      "bool known = lua_isfunction", "lua_getupvalue(L, function, i) &&", "if (!known) return",
      "if (!may) return", "if (!get_shared(d, i))", "if (!lua_setupvalue(" },
  },
  ["native/parcel_names.c"] = {
    { "a metatable is registered under both or none", "if (is_registered(L, STATE_REGISTERED" },
  },
  ["native/parcel_read.c"] = {
    { "bytes that are no parcel in a way that no kept input of the fuzzer is",
      "if (!decoder_get_text(d))", "if (!require(d))" },
    { "decoder_fault returns false", "return d->undefined == 0" },
  },
  ["native/parcel_string.c"] = {
    { "the layout of another Lua, which is not this one's", "switch (dump->part++)",
      "default: return NULL;", "while (bytes < DUMP_SIZE_BYTES",
      "if (size > sizeof dumped->bytes", "if (!at || at == dumped", "(unsigned char)at[-1] !=",
      "if (string->head + string->tail", "return lua_pcall(L, 0, 1, 0) == LUA_OK", "bool dumps =",
      "if (dumps && split(" },
    { "its callers have made sure", "if (size < ahead + PAGE)" },
    { "a sender has died in the midst", "if (d->fault) return false;",
      "return decoder_fault(d, d->fault ?" },
  },
  ["native/parcel_sum.c"] = {
    { "the layout of another Lua, which is not this one's", "static int nothing(",
      ": sum_by_calls(", ": sum_deep_by_calls(", "return (table->type", "table->log2_nodes == 2;",
      "if (lua_version(L)", "bool right = looks_right", "sum_by_calls(L, index, OBJECTS) &&",
      "sum_by_calls(L, index, C_FUNCTIONS)" },
    { "its callers have made sure", "return type >= 0 &&" },
  },
  ["native/parcel_write.c"] = {
    { "nobody gives it so little room", "if (end - at < 1", "if (room < VARINT_SIZE)" },
  },
  ["native/pool/answers_lua.c"] = {
    { "memory ran out inside an earlier drain, whose answers wait to be counted",
      "static void resume_count(", "static void fail_lost(", "if (handle->done > 0) resume_count",
      "if (d->handle->receiving[d->slot]", "if (!d->handle->receiving[d->slot]",
      "static void fail_with(", "if (count < 0)" },
    { "what a process writes to the other one only if it is broken", "if (i < 5)",
      "lua_pop(L, 1);", "if (broken || count < 0)", "if (frame->size != sizeof span)",
      "if (frame->kind != FRAME_RESULT", "if (!flight) return", "if (flight->job == frame->job",
      "fail_lost(L, d, flight);" },
    { "between a process's end and the news of it", "if (!d->worker->dead ||" },
  },
  ["native/pool/calling_lua.c"] = {
    { "the owner has died in the midst of sending", "if (broken) _exit(0);", "if (!w->let_go &&" },
    { "the worker has no memory at that very moment", "if (count < 0) return lua_error",
      "if (w->starved)", "if (!lua_isfunction(L, 1))", "if (status == LUA_ERRMEM)",
      "static void report_shortly(", "if (lua_pcall(L, 2, 0, 0)", "lua_pop(L, 1);",
      "bool memory = status", "if (!parcel_write(L, UP_SHEET, 1, 3",
      "if (parcel_write(L, UP_SHEET, lua_gettop" },
    { "a failure too large for one piece", "if (parcel.count > 1)" },
  },
  ["native/pool/channel.c"] = {
    { "a kernel before Linux 6.3", "if (fd >= 0 || errno != EINVAL)" },
    { "no address space at that very moment", "return map(at, CHANNEL_RING", "if (!map(base",
      "!map_twice(" },
    { "gcov's: a loop without a condition", "for (;;) {" },
    { "who comes first is decided by the scheduler", "if (!atomic_exchange(",
      "if ((size_t)n < sizeof bytes)", "if (ns && spin(", "if (!alive || woken == 0)",
      "int woken = ready(" },
  },
  ["native/pool/channel.h"] = {
    { "what a process writes to the other one only if it is broken",
      "return there <= CHANNEL_RING", "return used <= CHANNEL_RING" },
  },
  ["native/pool/crew.c"] = {
    { "a machine of more than 1,024 processors, or without a list of them",
      "if (set && sched_getaffinity", "if (set) CPU_FREE" },
    { "between a process's end and the news of it", "if (worker->channel.shared &&",
      "if (!worker->channel.shared ||" },
    { "what a process writes to the other one only if it is broken",
      "if (report.slot >= crew->count)" },
    { "who comes first is decided by the scheduler", "return it->job != 0 &&",
      "if (it->job == job &&", "for (; now < end", "if (progress(crew) != seen)",
      "if (!crew->lost)", "if (ready < 0) return error", "atomic_load(&frame_of(",
      "seen = progress(crew);" },
  },
  ["native/pool/crew_lua.c"] = {
    { "times that nobody asks for", "double ns =", "return ns < 1" },
    { "a signal without a name", 'lua_pushfstring(L, "SIG%s"' },
    { "between a process's end and the news of it", "if (!handle->crew.lost)",
      "if (!worker->channel.shared", "worker->channel.shared ?", "if (!shared ||" },
    { "the Lua half asks for none that is not there", "luaL_argcheck(L, *box",
      "luaL_argcheck(L, slot", "luaL_argcheck(L, *count", "lua_pushboolean(L, *box &&" },
  },
  ["native/pool/frames_lua.c"] = {
    { "the owner or the worker has died in the midst of a frame", "if (reading->whole ||",
      "if (channel_await_more(" },
    { "a ring that is full at that very moment", "if (ring_room(", "if (!to) return false;",
      "if (out->piece == out->parcel.count" },
  },
  ["native/pool/sending_lua.c"] = {
    { "the owner is slower than its workers, or has died", "while (!to) {",
      "if (!channel_await_room(", "if (ring_there(" },
  },
  ["native/pool/tasks_lua.c"] = {
    { "between a process's end and the news of it", "return worker->channel.shared &&",
      "if (!can_take(", "bool taken = can_take(" },
    { "a ring that is full at that very moment", "crew_want_room(worker_of(handle, slot), !begun",
      "if (begun &&", "if (begun) channel_wake", "size_t size = to ?" },
    { "what cannot be sent is refused when it is given to the pool", "if (sent == REFUSED)" },
    { "no memory at a moment that sweeps hit by chance", "if (status != LUA_OK && feed.next" },
    { "an interrupt in the midst of a list", "if (status == LUA_OK) return 2;" },
  },
  ["native/pool/template.c"] = {
    { "who comes first is decided by the scheduler", "while (t->pids[i]", "while (n < 0 &&",
      "while (waitpid(", "if (fds[0].revents)" },
    { "the template has died as its worker was forked", "if (getppid() != template)" },
    { "what a process writes to the other one only if it is broken", "if (!part ||",
      "if (n != sizeof request", "struct cmsghdr *part = CMSG_FIRSTHDR(&packet);",
      "if (fds[0] >= 0)" },
    { "no descriptor at that very moment", "return *control >= 0", "ends->socket >= 0" },
    { "a machine of more than 1,024 processors, or of one", "if (cpu < 0 ||", "CPU_CLR(",
      "if (CPU_COUNT(" },
  },
  ["native/pool/worker_lua.c"] = {
    { "the owner has died in the midst of a frame", "if (!frames_skip(" },
    { "workers are told to forget functions only by a pool that has had very many",
      "static void forget(", "case FRAME_FORGET" },
    { "an enumeration has no other value", "switch (frame->kind)" },
    { "the worker has no memory, or no timer, as it starts", "if (w->options->task_timeout &&",
      "if (lua_pcall(L, 0, 0, 0)", "if (L) luaL_openlibs", "if (lua_pcall(L, 1, LUA_MULTRET" },
  },
  ["native/resource.c"] = {
    { "a process that is forked, and ends by _exit", "if (resource->owner == getpid())" },
    { "handles of several states, left by finalisers that could not run",
      "while (resource && resource->state", "if (resource) unlink_one", "while ((resource = take" },
  },
  ["native/value.h"] = {
    { "a userdata without a metatable", "if (!object ||" },
  },
}
