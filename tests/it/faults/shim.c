/*
 * A disk that the test makes slow, broken, or watched. Loaded into the server with LD_PRELOAD; only the
 * files of its database are touched.
 *
 * FAULTS_CONTROL names a file with three numbers: for how many milliseconds a sync is delayed, the errno with which
 * writes fail (EROFS: opening for writing, too), and the one with which syncs fail; 0 is none. It is read each time.
 *
 * FAULTS_JOURNAL names a file in which every write, truncation and sync is put down, in order: what the disk
 * was asked to do. A sync records how much of the journal it made durable.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { NOT_OURS, DATABASE, LOG, OTHER };
enum { WRITE = 1, SYNC = 2, TRUNCATE = 3 };

struct record {
    uint32_t kind;
    uint32_t file;
    uint64_t offset; /* of a write; the new length; how much of the journal was synced */
    uint64_t length; /* of the bytes that follow */
};

struct orders {
    long sync_delay_ms, write_errno, sync_errno;
};

static pthread_mutex_t in_order = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static uint64_t journal_length;

static int ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static int file_of(const char *path) {
    if (ends_with(path, "leaseline.db")) return DATABASE;
    if (ends_with(path, "leaseline.db-wal")) return LOG;
    return strstr(path, "leaseline.db-") != NULL && !ends_with(path, "-lock") ? OTHER : NOT_OURS;
}

static int file_of_descriptor(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NOT_OURS;
    path[length] = 0;
    return file_of(path);
}

static struct orders orders(void) {
    struct orders now = {0, 0, 0};
    const char *path = getenv("FAULTS_CONTROL");
    char text[128];
    int file = path == NULL ? -1 : syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) return now;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length > 0) {
        text[length] = 0;
        sscanf(text, "%ld %ld %ld", &now.sync_delay_ms, &now.write_errno, &now.sync_errno);
    }
    return now;
}

/* Called with the mutex held. */
static void put_down(struct record record, const void *bytes) {
    if (journal < 0) {
        const char *path = getenv("FAULTS_JOURNAL");
        if (path == NULL) return;
        journal = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (journal < 0) abort();
    }
    struct iovec parts[2] = {{&record, sizeof record}, {(void *)bytes, record.length}};
    ssize_t written = syscall(SYS_writev, journal, parts, record.length > 0 ? 2 : 1);
    if (written != (ssize_t)(sizeof record + record.length)) abort();
    journal_length += written;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset) {
    int file = file_of_descriptor(descriptor);
    if (file == NOT_OURS) return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    struct orders now = orders();
    if (now.write_errno != 0) {
        errno = now.write_errno;
        return -1;
    }
    pthread_mutex_lock(&in_order);
    ssize_t written = syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    if (written > 0) {
        struct record record = {WRITE, file, offset, written};
        put_down(record, bytes);
    }
    pthread_mutex_unlock(&in_order);
    return written;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return pwrite64(descriptor, bytes, count, offset);
}

static int synced(int descriptor, long call) {
    int file = file_of_descriptor(descriptor);
    if (file == NOT_OURS) return syscall(call, descriptor);
    struct orders now = orders();
    if (now.sync_errno != 0) {
        errno = now.sync_errno;
        return -1;
    }
    pthread_mutex_lock(&in_order);
    uint64_t covered = journal_length;
    pthread_mutex_unlock(&in_order);
    if (now.sync_delay_ms > 0) {
        struct timespec delay = {now.sync_delay_ms / 1000, now.sync_delay_ms % 1000 * 1000000};
        nanosleep(&delay, NULL);
    }
    int done = syscall(call, descriptor);
    if (done == 0) {
        struct record record = {SYNC, file, covered, 0};
        pthread_mutex_lock(&in_order);
        put_down(record, NULL);
        pthread_mutex_unlock(&in_order);
    }
    return done;
}

int fsync(int descriptor) { return synced(descriptor, SYS_fsync); }

int fdatasync(int descriptor) { return synced(descriptor, SYS_fdatasync); }

int ftruncate64(int descriptor, off_t length) {
    int file = file_of_descriptor(descriptor);
    pthread_mutex_lock(&in_order);
    int done = syscall(SYS_ftruncate, descriptor, length);
    if (done == 0 && file != NOT_OURS) {
        struct record record = {TRUNCATE, file, length, 0};
        put_down(record, NULL);
    }
    pthread_mutex_unlock(&in_order);
    return done;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

static int opened(const char *path, int flags, mode_t mode) {
    if ((flags & O_ACCMODE) != O_RDONLY && file_of(path) != NOT_OURS) {
        struct orders now = orders();
        if (now.write_errno == EROFS) {
            errno = EROFS;
            return -1;
        }
    }
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

#define OPEN(name)                                  \
    int name(const char *path, int flags, ...) {    \
        va_list more;                               \
        va_start(more, flags);                      \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more);                               \
        return opened(path, flags, mode);           \
    }

OPEN(open)
OPEN(open64)
