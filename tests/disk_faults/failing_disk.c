/* Make the k-th call that changes the disk fail, or kill the process there. Load with LD_PRELOAD.
   FULL: that call and all later ones that need room fail with ENOSPC. EIO: that call alone fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

enum { FULL, FAILING, KILLED };
static int n_calls, failing_call, chosen_mode, has_failed;

void failing_disk_arm(int call, int mode) { n_calls = 0; has_failed = 0; failing_call = call; chosen_mode = mode; }
int failing_disk_disarm(void) { failing_call = 0; return has_failed; }

static int fails(int needs_room) {
    if (failing_call == 0) return 0;
    n_calls++;
    if (n_calls < failing_call) return 0;
    if (chosen_mode == KILLED) kill(getpid(), SIGKILL);
    if (chosen_mode == FULL) {
        if (!needs_room) return 0;
        has_failed = 1;
        errno = ENOSPC;
        return 1;
    }
    if (n_calls > failing_call) return 0;
    has_failed = 1;
    errno = EIO;
    return 1;
}

#define REPLACE(result, name, parameters, arguments, needs_room)              \
    result name parameters {                                                  \
        static result(*real) parameters;                                      \
        if (!real) real = (result(*) parameters)dlsym(RTLD_NEXT, #name);      \
        return fails(needs_room) ? (result)-1 : real arguments;               \
    }

REPLACE(ssize_t, write, (int fd, const void *data, size_t n), (fd, data, n), 1)
REPLACE(ssize_t, pwrite, (int fd, const void *data, size_t n, off_t at), (fd, data, n, at), 1)
REPLACE(ssize_t, pwrite64, (int fd, const void *data, size_t n, off64_t at), (fd, data, n, at), 1)
REPLACE(int, fsync, (int fd), (fd), 0)
REPLACE(int, fdatasync, (int fd), (fd), 0)
REPLACE(int, ftruncate, (int fd, off_t n), (fd, n), 0)
REPLACE(int, ftruncate64, (int fd, off64_t n), (fd, n), 0)
REPLACE(int, rename, (const char *from, const char *to), (from, to), 0)
REPLACE(int, link, (const char *from, const char *to), (from, to), 1)
REPLACE(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), 1)
REPLACE(int, unlink, (const char *path), (path), 0)
REPLACE(int, mkdir, (const char *path, mode_t mode), (path, mode), 1)

#define REPLACE_OPEN(name)                                                    \
    int name(const char *path, int flags, ...) {                              \
        static int (*real)(const char *, int, ...);                           \
        va_list rest;                                                         \
        va_start(rest, flags);                                                \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;             \
        va_end(rest);                                                         \
        if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
        if ((flags & O_CREAT) && access(path, F_OK) && fails(1)) return -1;   \
        return real(path, flags, mode);                                       \
    }

REPLACE_OPEN(open)
REPLACE_OPEN(open64)
