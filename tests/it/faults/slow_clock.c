/*
 * A clock that goes SLOW_CLOCK times slower, for time-outs only: the time of day is left alone. Loaded into the server with
 * LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const long long SECOND = 1000000000;

int clock_gettime(clockid_t id, struct timespec *now) {
    static long long slowed_by;
    int result = (int)syscall(SYS_clock_gettime, id, now);
    if (result != 0 || id != CLOCK_MONOTONIC) return result;
    if (slowed_by == 0) {
        const char *text = getenv("SLOW_CLOCK");
        slowed_by = text == NULL ? 1 : atoll(text);
    }
    long long slow = (now->tv_sec * SECOND + now->tv_nsec) / slowed_by;
    now->tv_sec = slow / SECOND;
    now->tv_nsec = slow % SECOND;
    return 0;
}
