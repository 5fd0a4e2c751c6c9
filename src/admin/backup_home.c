/* SPDX-License-Identifier: MIT */
#include "admin/backup_home.h"

#include "admin/disk.h"
#include "base/clock.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define PARTIAL ".partial"

/* --- names ------------------------------------------------------------------
 */

/* "DATABASE-" with nothing in it that a file name or a pattern would mind. */
static void name_prefix(struct text database,
                        char ret_prefix[static BACKUP_NAME_BYTES])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t len = 0;

    /* half of the room is for the time */
    while (len < database.len && len < BACKUP_NAME_BYTES / 2) {
        char c = database.at[len];

        ret_prefix[len++] = strchr(plain, c) ? c : '_';
    }
    ret_prefix[len++] = '-';
    ret_prefix[len] = '\0';
}

void backup_home_name(struct text database,
                      char ret_name[static BACKUP_NAME_BYTES])
{
    char time[CLOCK_TEXT_BYTES];
    size_t at;

    name_prefix(database, ret_name);
    at = strlen(ret_name);
    clock_format(clock_wall_ns(), time);
    for (const char *c = time; *c; c++)
        if (*c != '-' && *c != ':')
            ret_name[at++] = *c;
    ret_name[at] = '\0';
}

static char *path_of(const struct backup_home *home, const char *name,
                     const char *ending)
{
    return memory_format("%s/%s%s", home->path, name, ending);
}

/* --- entries ----------------------------------------------------------------
 */

struct names {
    char **list; /* from the newest to the oldest */
    size_t count;
};

static void names_fini(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        memory_free(&names->list[i]);
    memory_free(&names->list);
}

static int by_name_backwards(const void *a, const void *b)
{
    return strcmp(*(char *const *)b, *(char *const *)a);
}

static int find_names(const struct backup_home *home, const char *pattern,
                      struct names *names, struct refusal *why)
{
    DIR *dir = opendir(home->path);
    const struct dirent *entry;

    if (!dir)
        return refuse(why, EXIT_CONFIG, "cannot read %s: %s", home->path,
                      strerror(errno));
    while ((entry = readdir(dir)) != NULL) {
        if (fnmatch(pattern, entry->d_name, 0) != 0)
            continue;
        names->list = memory_resize(names->list,
                                    (names->count + 1) * sizeof(*names->list));
        names->list[names->count++] =
            memory_copy(entry->d_name, strlen(entry->d_name));
    }
    closedir(dir);
    if (names->count > 0)
        qsort(names->list, names->count, sizeof(*names->list),
              by_name_backwards);
    return 0;
}

/* --- life -------------------------------------------------------------------
 */

#define STAMP "[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T*Z"

static int remove_leftovers(const struct backup_home *home, struct refusal *why)
{
    CLEANUP(names_fini) struct names names = { 0 };
    int r = find_names(home, "*-" STAMP PARTIAL, &names, why);

    for (size_t i = 0; r == 0 && i < names.count; i++) {
        CLEANUP(memory_free) char *path = path_of(home, names.list[i], "");

        say("removing %s, which was never finished", path);
        r = disk_remove(path, why);
    }
    return r;
}

static int take_lock(struct backup_home *home, struct refusal *why)
{
    CLEANUP(memory_free) char *file = path_of(home, ".lock", "");

    home->lock_fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (home->lock_fd < 0)
        return refuse(why, EXIT_CONFIG, "cannot keep backups in %s: %s",
                      home->path, strerror(errno));
    if (flock(home->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return refuse(why, EXIT_RUNNING,
                      "another process makes a backup in %s just now",
                      home->path);
    return 0;
}

int backup_home_open(struct backup_home *home, const char *path,
                     struct refusal *why)
{
    struct account self = account_self();
    bool is_there = access(path, F_OK) == 0;
    int r;

    *home = (struct backup_home){ .path = memory_copy(path, strlen(path)),
                                  .lock_fd = -1 };
    r = disk_make_all(path, why);
    if (r == 0 && !is_there)
        r = disk_make(path, 0700, &self, why);
    if (r == 0)
        r = take_lock(home, why);
    return r < 0 ? r : remove_leftovers(home, why);
}

void backup_home_close(struct backup_home *home)
{
    fd_close(&home->lock_fd);
    home->lock_fd = -1;
    memory_free(&home->path);
}

/* --- one backup -------------------------------------------------------------
 */

int backup_home_begin(const struct backup_home *home, const char *name,
                      char **ret_path, struct refusal *why)
{
    struct account self = account_self();

    *ret_path = path_of(home, name, PARTIAL);
    return disk_make(*ret_path, 0700, &self, why);
}

int backup_home_publish(const struct backup_home *home, const char *name,
                        struct refusal *why)
{
    CLEANUP(memory_free) char *from = path_of(home, name, PARTIAL);
    CLEANUP(memory_free) char *to = path_of(home, name, "");
    int r = disk_sync(from, why);

    if (r < 0)
        return r;
    if (rename(from, to) < 0)
        return refuse(why, EXIT_FAILED, "cannot rename %s: %s", from,
                      strerror(errno));
    return disk_sync(home->path, why);
}

/* Under a partial one's name first: a kill on the way leaves no half backup. */
static int throw_away(const struct backup_home *home, const char *name,
                      struct refusal *why)
{
    CLEANUP(memory_free) char *from = path_of(home, name, "");
    CLEANUP(memory_free) char *to = path_of(home, name, PARTIAL);

    if (rename(from, to) < 0)
        return refuse(why, EXIT_FAILED, "cannot rename %s: %s", from,
                      strerror(errno));
    return disk_remove(to, why);
}

int backup_home_thin(const struct backup_home *home, struct text database,
                     unsigned keep, unsigned *ret_removed, struct refusal *why)
{
    CLEANUP(names_fini) struct names names = { 0 };
    CLEANUP(memory_free) char *pattern = NULL;
    char prefix[BACKUP_NAME_BYTES];
    int r;

    *ret_removed = 0;
    name_prefix(database, prefix);
    pattern = memory_format("%s" STAMP, prefix);
    r = find_names(home, pattern, &names, why);
    for (size_t i = keep; r == 0 && i < names.count; i++) {
        r = throw_away(home, names.list[i], why);
        *ret_removed += r == 0;
    }
    return r;
}

void backup_home_drop(const struct backup_home *home, const char *name)
{
    CLEANUP(memory_free) char *path = path_of(home, name, PARTIAL);
    struct refusal other = { 0 };

    if (disk_remove(path, &other) < 0)
        say("%s", other.line);
}
