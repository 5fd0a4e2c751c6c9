/* SPDX-License-Identifier: MIT */
#include "admin/strays.h"

#include "admin/disk.h"
#include "base/clock.h"
#include "base/memory.h"

#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ENVIRON_BYTES = 1 << 18,
    STAT_BYTES = 1024,
    NAME_BYTES = 64,
    LOOK_EVERY_MS = 20
};

/* Which processes are meant, and how hard they are hit. */
struct hunt {
    bool (*is_meant)(pid_t pid, const char *data_dir);
    const char *data_dir;
    enum { HUNT_POLITE, HUNT_FORCED, HUNT_KILL, HUNT_LOOK } with;
};

/* SIGTERM would have PostgreSQL wait for its clients. */
static const struct manner {
    const char *program;
    int signals[HUNT_LOOK + 1];
} manners[] = {
    { "postgres", { SIGINT, SIGQUIT, SIGKILL, 0 } },
    { "redis-server", { SIGTERM, SIGKILL, SIGKILL, 0 } },
    { "valkey-server", { SIGTERM, SIGKILL, SIGKILL, 0 } },
    { NULL, { SIGTERM, SIGKILL, SIGKILL, 0 } },
};

/* Field 4 of /proc/PID/stat; the name before it may hold anything. */
static pid_t parent_of(pid_t pid)
{
    CLEANUP(memory_free) char *path = memory_format("/proc/%d/stat", pid);
    CLEANUP(memory_free) char *stat = disk_read(path, STAT_BYTES, NULL);
    const char *behind = stat ? strrchr(stat, ')') : NULL;
    int parent = 0;

    if (!behind || sscanf(behind, ") %*c %d", &parent) != 1)
        return 0;
    return parent;
}

static bool is_ancestor(pid_t pid)
{
    for (pid_t p = getpid(); p > 0; p = parent_of(p))
        if (p == pid)
            return true;
    return false;
}

static bool has_variable(pid_t pid, const char *data_dir)
{
    CLEANUP(memory_free) char *path = memory_format("/proc/%d/environ", pid);
    CLEANUP(memory_free)
    char *want = memory_format(STRAYS_VARIABLE "=%s", data_dir);
    CLEANUP(memory_free) char *env = NULL;
    struct text rest, entry;
    size_t len;

    env = disk_read(path, ENVIRON_BYTES, &len);
    if (!env)
        return false;
    rest = text_from(env, len);
    while (text_cut(&rest, '\0', &entry))
        if (text_is(entry, want))
            return true;
    return false;
}

/* By the name it was started under: Debian's redis-server is a link to another
 * name, and the file of an upgraded package is gone. */
static const struct manner *manner_of(pid_t pid)
{
    CLEANUP(memory_free) char *path = memory_format("/proc/%d/comm", pid);
    CLEANUP(memory_free) char *name = disk_read(path, NAME_BYTES, NULL);
    const struct manner *m = manners;

    if (name)
        name[strcspn(name, "\n")] = '\0';
    while (m->program && (!name || strcmp(name, m->program) != 0))
        m++;
    return m;
}

static bool is_server_below(pid_t pid, const char *data_dir)
{
    size_t len = strlen(data_dir);
    CLEANUP(memory_free) char *path = memory_format("/proc/%d/cwd", pid);
    char where[PATH_MAX] = "";

    if (!manner_of(pid)->program ||
        readlink(path, where, sizeof(where) - 1) < 0)
        return false;
    return strncmp(where, data_dir, len) == 0 && where[len] == '/';
}

static bool is_stray(pid_t pid, const char *data_dir)
{
    return (has_variable(pid, data_dir) || is_server_below(pid, data_dir)) &&
           !is_ancestor(pid);
}

static bool is_own_child(pid_t pid, UNUSED const char *data_dir)
{
    return parent_of(pid) == getpid();
}

static unsigned hunt(struct hunt hunt)
{
    DIR *all = opendir("/proc");
    struct dirent *entry;
    unsigned found = 0;

    while (all && (entry = readdir(all))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid <= 0 || !hunt.is_meant(pid, hunt.data_dir))
            continue;
        if (kill(pid, manner_of(pid)->signals[hunt.with]) == 0)
            found++;
    }
    if (all)
        closedir(all);
    return found;
}

/* Zombies have neither an environment nor a directory, so they are not seen. */
static bool gone_within(const char *data_dir, uint64_t ms)
{
    struct deadline end = deadline_after(clock_monotonic_ns(), ms);

    while (hunt((struct hunt){ is_stray, data_dir, HUNT_LOOK }) > 0) {
        if (deadline_left_ns(end, clock_monotonic_ns()) == 0)
            return false;
        poll(NULL, 0, LOOK_EVERY_MS);
    }
    return true;
}

unsigned strays_end(const char *data_dir)
{
    unsigned found = hunt((struct hunt){ is_stray, data_dir, HUNT_POLITE });

    if (found == 0 || gone_within(data_dir, STRAYS_POLITE_MS))
        return found;
    hunt((struct hunt){ is_stray, data_dir, HUNT_FORCED });
    if (!gone_within(data_dir, STRAYS_FORCE_MS))
        hunt((struct hunt){ is_stray, data_dir, HUNT_KILL });
    return found;
}

unsigned strays_kill_own(void)
{
    return hunt((struct hunt){ is_own_child, NULL, HUNT_KILL });
}
