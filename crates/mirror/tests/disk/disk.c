// Stands between a program and its disk (LD_PRELOAD), for files below DISK_FOLDER:
// - DISK_DIES_AT=N: the program is killed right before its Nth change of a file or a name, as by SIGKILL;
// - DISK_FULL_AT=N: from its Nth change on nothing can be written;
// - at its end the program writes into the file DISK_COUNT how many changes it has made;
// - writes into files with DISK_UNCOUNTED in their path count as no change of their own;
// - while DISK_SWITCH.full is there, nothing can be written, though an empty file can be made; while DISK_SWITCH.readonly is there, nothing
//   can be changed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_below(const char *path) {
    const char *folder = getenv("DISK_FOLDER");
    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_on(const char *trouble) {
    const char *begin = getenv("DISK_SWITCH");
    if (!begin) return 0;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s.%s", begin, trouble);
    return access(path, F_OK) == 0;
}

static int changes;

__attribute__((destructor)) static void count(void) {
    const char *path = getenv("DISK_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) fprintf(file, "%d", changes), fclose(file);
}

enum growth { NOTHING, A_NAME, BYTES };

/* Whether a change may be made; errno says why not. */
static int may_change(enum growth grows, int counts) {
    const char *last = getenv("DISK_DIES_AT"), *full = getenv("DISK_FULL_AT");
    changes += counts;
    if (last && changes == atoi(last)) kill(getpid(), SIGKILL);
    if (is_on("readonly")) return errno = EROFS, 0;
    if (grows && full && changes >= atoi(full)) return errno = ENOSPC, 0;
    if (grows == BYTES && is_on("full")) return errno = ENOSPC, 0;
    return 1;
}

static int may_write(int fd, enum growth grows) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 1;
    path[length] = 0;
    const char *uncounted = getenv("DISK_UNCOUNTED");
    return !is_below(path) || may_change(grows, !(uncounted && strstr(path, uncounted)));
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (!may_write(fd, BYTES)) return -1;
    return syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    if (!may_write(fd, BYTES)) return -1;
    return syscall(SYS_pwrite64, fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return pwrite64(fd, bytes, count, at);
}

int ftruncate64(int fd, off64_t length) {
    if (!may_write(fd, NOTHING)) return -1;
    return syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length) {
    return ftruncate64(fd, length);
}

int rename(const char *from, const char *to) {
    if (is_below(to) && !may_change(NOTHING, 1)) return -1;
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
    if (is_below(path) && access(path, F_OK) == 0 && !may_change(NOTHING, 1)) return -1;
    return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int linkat(int old, const char *from, int new, const char *to, int flags) {
    if (is_below(to) && !may_change(A_NAME, 1)) return -1;
    return syscall(SYS_linkat, old, from, new, to, flags);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && is_below(path)) {
        if (is_on("readonly")) return errno = EROFS, -1;
        if ((flags & O_CREAT) && access(path, F_OK) != 0 && !may_change(A_NAME, 1)) return -1;
    }
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return open64(path, flags, mode);
}
