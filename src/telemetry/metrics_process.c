/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/file.h"
#include "base/heap.h"
#include "telemetry/metrics_impl.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double cpu_seconds(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* The number in a field, counted from 0, of a file with spaces between. */
static double field_of(const char *path, const char *behind, int field)
{
    CLEANUP(buffer_fini) struct buffer content;
    const char *at, *start;

    buffer_init(&content, 1 << 20);
    if (file_read(path, &content) != 0)
        return 0;
    buffer_add_byte(&content, '\0');
    if (buffer_overflown(&content))
        return 0;
    start = strstr(content.at, behind);
    at = start ? start + strlen(behind) : "";
    while (field-- > 0 && (at = strchr(at, ' ')))
        at++;
    return at ? strtod(at, NULL) : 0;
}

static double memory_pages(int field)
{
    return field_of("/proc/self/statm", "", field) *
           (double)sysconf(_SC_PAGESIZE);
}

static double virtual_bytes(void)
{
    return memory_pages(0);
}

static double resident_bytes(void)
{
    return memory_pages(1);
}

static double live_bytes(void)
{
    return (double)heap_live_bytes();
}

/* Linux 6.2 tells the number as the folder's size; before, it is 0. */
static double open_descriptors(void)
{
    struct stat folder;
    double count = 0;
    DIR *dir;

    if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
        return (double)folder.st_size;
    dir = opendir("/proc/self/fd");
    if (!dir)
        return 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 3; /* ".", ".." and the folder itself */
}

static double most_descriptors(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (double)limit.rlim_cur : 0;
}

/*
 * Field 22 of stat, the 20th behind the name in parentheses, counts from the
 * machine's start. When that was is in /proc/stat too, which a process is not
 * shown that sees processes only (systemd's ProcSubset=pid).
 */
static double start_time(void)
{
    uint64_t booted_s = (clock_wall_ns() - clock_boottime_ns()) / NS_PER_S;

    return (double)booted_s +
           field_of("/proc/self/stat", ") ", 19) / (double)sysconf(_SC_CLK_TCK);
}

static const struct {
    const char *name, *kind, *help;
    double (*read)(void);
} rows[] = {
    { "process_cpu_seconds_total", "counter", "CPU time used.", cpu_seconds },
    { "process_resident_memory_bytes", "gauge", "Memory in RAM.",
      resident_bytes },
    { "process_virtual_memory_bytes", "gauge", "Address space used.",
      virtual_bytes },
    { "portcullis_heap_live_bytes", "gauge",
      "What is allocated at present, whether it was ever written to or not.",
      live_bytes },
    { "process_open_fds", "gauge", "Open descriptors.", open_descriptors },
    { "process_max_fds", "gauge", "Descriptors allowed.", most_descriptors },
    { "process_start_time_seconds", "gauge", "Start, since 1970.", start_time },
};

void metrics__write_process(struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        metrics__write_head(out, rows[i].name, rows[i].kind, rows[i].help);
        buffer_add_format(out, "%s ", rows[i].name);
        metrics__write_double(out, rows[i].read());
        buffer_add_byte(out, '\n');
    }
}
