/* SPDX-License-Identifier: MIT */
#include "admin/socket_dir.h"

#include "admin/disk.h"
#include "base/id.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD_BYTES = 256, NAME_RANDOM_BYTES = 6 };

static bool is_plain(const char *path)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789._/-";

    return strlen(path) <= SOCKET_DIR_BYTES &&
           path[strspn(path, allowed)] == '\0';
}

/* A directory of a recorded name may be another user's by now. */
static bool is_ours(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
           status.st_uid == geteuid();
}

static bool all_can_enter(const struct account *const *users, const char *path)
{
    for (; *users; users++)
        if (!account_can_enter(*users, path))
            return false;
    return true;
}

static const char *short_parent(const struct account *const *users)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    if (runtime && runtime[0] == '/' && strlen(runtime) < 40 &&
        is_plain(runtime) && access(runtime, W_OK) == 0 &&
        all_can_enter(users, runtime))
        return runtime;
    return "/tmp";
}

static char *record_of(const char *home)
{
    return memory_format("%s/sockets", home);
}

/* The recorded name, or NULL. Only names that make_name() makes are taken. */
static char *recorded_name(const char *home)
{
    CLEANUP(memory_free) char *record = record_of(home);
    CLEANUP(memory_free) char *name = disk_read(record, RECORD_BYTES, NULL);

    if (!name || name[0] != '/' || !is_plain(name) ||
        strncmp(strrchr(name, '/'), "/portcullis-", 12) != 0)
        return NULL;
    return memory_copy(name, strlen(name));
}

static char *make_name(const struct account *const *users)
{
    unsigned char random[NAME_RANDOM_BYTES];
    char hex[2 * NAME_RANDOM_BYTES + 1];

    random_bytes(random, sizeof(random));
    hex_format(random, sizeof(random), hex);
    return memory_format("%s/portcullis-%s", short_parent(users), hex);
}

/* The record is written before the directory is made: a crash in between
 * leaves a name without a directory, never one that nobody knows of. */
static int make_elsewhere(const char *home, const struct account *const *users,
                          char **ret_path, struct refusal *why)
{
    CLEANUP(memory_free) char *record = record_of(home);
    int r;

    *ret_path = recorded_name(home);
    if (*ret_path && mkdir(*ret_path, 0700) == 0)
        return 0;
    memory_free(ret_path);
    *ret_path = make_name(users);
    r = disk_replace(record, 0600, text_of(*ret_path), why);
    if (r < 0)
        return r;
    if (mkdir(*ret_path, 0700) < 0)
        return refuse(why, EXIT_FAILED, "cannot make directory %s: %s",
                      *ret_path, strerror(errno));
    return 0;
}

int socket_dir_make(const char *home, const struct account *const *users,
                    char **ret_path, struct refusal *why)
{
    char *below = memory_format("%s/run", home);
    struct account self = account_self();
    int r = 0;

    socket_dir_clear(home);
    if (is_plain(below)) {
        *ret_path = below;
    } else {
        memory_free(&below);
        r = make_elsewhere(home, users, ret_path, why);
    }
    if (r < 0)
        return r;
    return disk_make(*ret_path, geteuid() == 0 ? 0711 : 0700, &self, why);
}

void socket_dir_clear(const char *home)
{
    CLEANUP(memory_free) char *below = memory_format("%s/run", home);
    CLEANUP(memory_free) char *elsewhere = recorded_name(home);
    struct refusal why = { 0 };

    if (disk_remove(below, &why) < 0 ||
        (elsewhere && is_ours(elsewhere) && disk_remove(elsewhere, &why) < 0))
        say("%s", why.line);
}
