/* What our C asks of the system, and how that can fail.  Included wherever the
** list is needed, with CALL and CURL defined:
**
**   CALL(NAME, RESULT, PARAMETERS, ARGUMENTS, FAILURE, ERRNO...)
**   CURL(NAME, RESULT, PARAMETERS, ARGUMENTS, FAILURE, ERRNO...)
**
** FAILURE is the value that tells of it; errno has been set by then. EINTR and
** ENOBUFS pass: they come once, all others also for ever. spec/CMakeLists.txt
** takes the names from the beginnings of the lines. */
CALL(calloc, void *, (size_t n, size_t size), (n, size), NULL, ENOMEM)
CALL(clock_getcpuclockid, int, (pid_t pid, clockid_t *id), (pid, id), errno,
     ESRCH)
CALL(clock_nanosleep, int,
     (clockid_t id, int flags, const struct timespec *time,
      struct timespec *left),
     (id, flags, time, left), errno, EINTR)
CALL(dlopen, void *, (const char *path, int mode), (path, mode), NULL, ENOENT)
CALL(dup2, int, (int from, int to), (from, to), -1, EBUSY)
CALL(dup3, int, (int from, int to, int flags), (from, to, flags), -1, EBUSY)
CALL(epoll_create1, int, (int flags), (flags), -1, EMFILE)
CALL(epoll_ctl, int, (int set, int order, int fd, struct epoll_event *event),
     (set, order, fd, event), -1, ENOSPC)
CALL(epoll_wait, int,
     (int set, struct epoll_event *events, int most, int patience),
     (set, events, most, patience), -1, EINTR)
CALL(fclose, int, (FILE * file), (file),
     (__real_fclose(file), errno = ENOSPC, EOF), ENOSPC)
CALL(fcntl, int, (int fd, int order, long argument), (fd, order, argument), -1,
     EMFILE)
CALL(fopen, FILE *, (const char *path, const char *mode), (path, mode), NULL,
     EMFILE)
CALL(fopencookie, FILE *,
     (void *cookie, const char *mode, cookie_io_functions_t functions),
     (cookie, mode, functions), NULL, ENOMEM)
CALL(fork, pid_t, (void), (), -1, EAGAIN)
CALL(ftruncate, int, (int fd, off_t size), (fd, size), -1, ENOSPC)
CALL(fwrite, size_t, (const void *bytes, size_t size, size_t n, FILE *file),
     (bytes, size, n, file), 0, ENOSPC)
CALL(getrandom, ssize_t, (void *bytes, size_t size, unsigned flags),
     (bytes, size, flags), -1, ENOSYS, EINTR)
CALL(getrlimit, int, (int resource, struct rlimit *limit), (resource, limit),
     -1, EPERM)
CALL(lstat, int, (const char *path, struct stat *about), (path, about), -1,
     EACCES)
CALL(luaL_newstate, lua_State *, (void), (), NULL, ENOMEM)
CALL(madvise, int, (void *at, size_t size, int advice), (at, size, advice), -1,
     EINVAL)
CALL(malloc, void *, (size_t size), (size), NULL, ENOMEM)
CALL(memfd_create, int, (const char *name, unsigned flags), (name, flags), -1,
     EMFILE, EINVAL)
CALL(mmap, void *,
     (void *at, size_t size, int protection, int flags, int fd, off_t offset),
     (at, size, protection, flags, fd, offset), MAP_FAILED, ENOMEM)
CALL(open, int, (const char *path, int flags, mode_t mode), (path, flags, mode),
     -1, EMFILE)
CALL(opendir, DIR *, (const char *path), (path), NULL, EMFILE)
CALL(pipe2, int, (int ends[2], int flags), (ends, flags), -1, EMFILE)
CALL(poll, int, (struct pollfd * fds, nfds_t n, int patience),
     (fds, n, patience), -1, EINTR)
CALL(posix_spawn, int,
     (pid_t * pid, const char *path, const posix_spawn_file_actions_t *files,
      const posix_spawnattr_t *attributes, char *const arguments[],
      char *const environment[]),
     (pid, path, files, attributes, arguments, environment), errno, EAGAIN)
CALL(posix_spawn_file_actions_adddup2, int,
     (posix_spawn_file_actions_t * files, int from, int to), (files, from, to),
     errno, ENOMEM)
CALL(posix_spawnattr_init, int, (posix_spawnattr_t * attributes), (attributes),
     errno, ENOMEM)
CALL(ppoll, int,
     (struct pollfd * fds, nfds_t n, const struct timespec *patience,
      const sigset_t *mask),
     (fds, n, patience, mask), -1, EINTR)
CALL(prctl, int,
     (int order, unsigned long a, unsigned long b, unsigned long c,
      unsigned long d),
     (order, a, b, c, d), -1, EPERM)
CALL(prlimit, int,
     (pid_t pid, int resource, const struct rlimit *limit, struct rlimit *old),
     (pid, resource, limit, old), -1, EPERM)
CALL(pthread_create, int,
     (pthread_t * thread, const pthread_attr_t *attributes,
      void *(*run)(void *), void *data),
     (thread, attributes, run, data), errno, EAGAIN)
CALL(read, ssize_t, (int fd, void *bytes, size_t size), (fd, bytes, size), -1,
     EIO, EINTR)
CALL(realpath, char *, (const char *path, char *absolute), (path, absolute),
     NULL, EACCES)
CALL(recv, ssize_t, (int fd, void *bytes, size_t size, int flags),
     (fd, bytes, size, flags), -1, ENOBUFS, EINTR)
CALL(recvmsg, ssize_t, (int fd, struct msghdr *packet, int flags),
     (fd, packet, flags), -1, ENOBUFS, EINTR)
CALL(rename, int, (const char *from, const char *to), (from, to), -1, EACCES)
CALL(sched_getaffinity, int, (pid_t pid, size_t size, cpu_set_t *set),
     (pid, size, set), -1, EINVAL)
CALL(sched_setaffinity, int, (pid_t pid, size_t size, const cpu_set_t *set),
     (pid, size, set), -1, EINVAL)
CALL(send, ssize_t, (int fd, const void *bytes, size_t size, int flags),
     (fd, bytes, size, flags), -1, ENOBUFS, EINTR)
CALL(sendmsg, ssize_t, (int fd, const struct msghdr *packet, int flags),
     (fd, packet, flags), -1, ENOBUFS, EINTR)
CALL(setrlimit, int, (int resource, const struct rlimit *limit),
     (resource, limit), -1, EPERM)
CALL(socket, int, (int domain, int type, int protocol),
     (domain, type, protocol), -1, EMFILE, ENFILE, EAFNOSUPPORT)
CALL(socketpair, int, (int domain, int type, int protocol, int ends[2]),
     (domain, type, protocol, ends), -1, EMFILE)
CALL(stat, int, (const char *path, struct stat *about), (path, about), -1,
     EACCES)
CALL(strdup, char *, (const char *text), (text), NULL, ENOMEM)
CALL(strndup, char *, (const char *text, size_t most), (text, most), NULL,
     ENOMEM)
CALL(syscall, long,
     (long number, long a, long b, long c, long d, long e, long f),
     (number, a, b, c, d, e, f), -1, ENOSYS, EMFILE)
CALL(timer_create, int,
     (clockid_t clock, struct sigevent *event, timer_t *timer),
     (clock, event, timer), -1, EAGAIN)
CALL(timer_settime, int,
     (timer_t timer, int flags, const struct itimerspec *time,
      struct itimerspec *before),
     (timer, flags, time, before), -1, EINVAL)
CALL(unlink, int, (const char *path), (path), -1, EACCES)
CALL(waitid, int, (idtype_t kind, id_t id, siginfo_t *info, int options),
     (kind, id, info, options), -1, EINTR)
CALL(waitpid, pid_t, (pid_t pid, int *status, int options),
     (pid, status, options), -1, EINTR)
CALL(write, ssize_t, (int fd, const void *bytes, size_t size),
     (fd, bytes, size), -1, ENOSPC, EINTR)

/* libcurl's, which dlsym finds; all take whole numbers and pointers alone.
** 27 is CURLE_OUT_OF_MEMORY, 3 CURLM_OUT_OF_MEMORY, 4 CURLM_INTERNAL_ERROR. */
CURL(easy_init, void *, (void), (), NULL, ENOMEM)
CURL(easy_setopt, int, (void *easy, int option, void *value),
     (easy, option, value), 27, ENOMEM)
CURL(global_init, int, (long flags), (flags), 27, ENOMEM)
CURL(multi_add_handle, int, (void *multi, void *easy), (multi, easy), 3, ENOMEM)
CURL(multi_init, void *, (void), (), NULL, ENOMEM)
CURL(multi_setopt, int, (void *multi, int option, void *value),
     (multi, option, value), 3, ENOMEM)
CURL(multi_socket_action, int, (void *multi, int socket, int events, int *left),
     (multi, socket, events, left), errno == ENOMEM ? 3 : 4, ENOMEM, EIO)
CURL(share_init, void *, (void), (), NULL, ENOMEM)
CURL(share_setopt, int, (void *share, int option, void *value),
     (share, option, value), 3, ENOMEM)
CURL(slist_append, void *, (void *list, const char *text), (list, text), NULL,
     ENOMEM)
