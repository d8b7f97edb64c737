/* Fails the file operations of a program below one folder, as told by its environment. See fault_store.rs.
 *
 * PGARK_FAULT_FOLDER  the folder
 * PGARK_FAULT_LOG     every operation is appended to this file, by name
 * PGARK_FAULT         OPERATION NUMBER WHAT, e.g. "write 7 ENOSPC"; a disk that is full stays full. "any 7 KILL" ends the
 *                     program before the seventh operation, whichever that is
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

enum fault { NONE, FULL, BROKEN, SHORT };

static const char *folder(void) { return getenv("PGARK_FAULT_FOLDER"); }

static int is_inside(const char *path) {
    const char *inside = folder();
    return inside != NULL && strncmp(path, inside, strlen(inside)) == 0;
}

/* 1 for a file in the folder, 2 for the folder itself. */
static int kind_of(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0 || folder() == NULL) return 0;
    path[length] = 0;
    if (strcmp(path, folder()) == 0) return 2;
    return is_inside(path);
}

static void note(const char *operation) {
    static ssize_t (*real_write)(int, const void *, size_t);
    if (real_write == NULL) real_write = dlsym(RTLD_NEXT, "write");
    const char *log = getenv("PGARK_FAULT_LOG");
    int fd = log == NULL ? -1 : open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0) return;
    char line[32];
    int length = snprintf(line, sizeof line, "%s\n", operation);
    if (real_write(fd, line, (size_t)length) < 0) { /* the test misses it */ }
    close(fd);
}

static enum fault next(const char *operation) {
    static struct { char name[16]; int count; } seen[8];
    static int all;
    pthread_mutex_lock(&turn);
    int saved = errno, count = 0;
    for (int i = 0; i < 8; i++) {
        if (seen[i].name[0] == 0) strncpy(seen[i].name, operation, sizeof seen[i].name - 1);
        if (strcmp(seen[i].name, operation) == 0) { count = ++seen[i].count; break; }
    }
    note(operation);
    all++;
    char wanted[16] = "", what[16] = "";
    int number = 0;
    const char *plan = getenv("PGARK_FAULT");
    enum fault fault = NONE;
    int planned = plan != NULL && sscanf(plan, "%15s %d %15s", wanted, &number, what) == 3;
    if (planned && strcmp(wanted, "any") == 0 && strcmp(what, "KILL") == 0 && all == number) raise(SIGKILL);
    if (planned && strcmp(wanted, operation) == 0) {
        if (strcmp(what, "ENOSPC") == 0 && count >= number) fault = FULL;
        if (strcmp(what, "EIO") == 0 && count == number) fault = BROKEN;
        if (strcmp(what, "SHORT") == 0 && (number == 0 || count == number)) fault = SHORT;
    }
    errno = saved;
    pthread_mutex_unlock(&turn);
    return fault;
}

static int fails(enum fault fault) {
    if (fault == FULL) errno = ENOSPC;
    if (fault == BROKEN) errno = EIO;
    return fault == FULL || fault == BROKEN;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    static ssize_t (*real)(int, const void *, size_t);
    if (real == NULL) real = dlsym(RTLD_NEXT, "write");
    if (kind_of(fd) == 1) {
        enum fault fault = next("write");
        if (fault == FULL && length > 1) {
            /* What is left of the disk is taken first. */
            static int taken;
            if (!taken) { taken = 1; return real(fd, bytes, length / 2); }
        }
        if (fails(fault)) return -1;
        if (fault == SHORT && length > 1) length /= 2;
    }
    return real(fd, bytes, length);
}

int fsync(int fd) {
    static int (*real)(int);
    if (real == NULL) real = dlsym(RTLD_NEXT, "fsync");
    int kind = kind_of(fd);
    if (kind != 0 && fails(next(kind == 2 ? "folder" : "fsync"))) return -1;
    return real(fd);
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (real == NULL) real = dlsym(RTLD_NEXT, "fdatasync");
    if (kind_of(fd) == 1 && fails(next("fdatasync"))) return -1;
    return real(fd);
}

int rename(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (real == NULL) real = dlsym(RTLD_NEXT, "rename");
    if (is_inside(to) && fails(next("rename"))) return -1;
    return real(from, to);
}

static int link_fails(const char *to) {
    /* A plan about renames is of a file system without hard links. */
    const char *plan = getenv("PGARK_FAULT");
    if (!is_inside(to)) return 0;
    if (fails(next("link"))) return 1;
    if (plan != NULL && strncmp(plan, "rename", 6) == 0) { errno = EPERM; return 1; }
    return 0;
}

int link(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (real == NULL) real = dlsym(RTLD_NEXT, "link");
    return link_fails(to) ? -1 : real(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    static int (*real)(int, const char *, int, const char *, int);
    if (real == NULL) real = dlsym(RTLD_NEXT, "linkat");
    return link_fails(to) ? -1 : real(from_folder, from, to_folder, to, flags);
}

int open64(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...);
    if (real == NULL) real = dlsym(RTLD_NEXT, "open64");
    __builtin_va_list arguments;
    __builtin_va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? __builtin_va_arg(arguments, mode_t) : 0;
    __builtin_va_end(arguments);
    if (flags & O_CREAT && is_inside(path) && fails(next("create"))) return -1;
    return real(path, flags, mode);
}
