/* SPDX-License-Identifier: MIT */
#include "admin/data_home.h"

#include "admin/claim.h"
#include "admin/disk.h"
#include "admin/socket_dir.h"
#include "admin/strays.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMPORARY_PREFIX "portcullis-sandbox-"
#define SYSTEM_DATA      "/var/lib/portcullis"

/* A directory without a marker may be one that is being made just now. */
enum { NEWBORN_S = 60 };

bool data_home_reached(const struct account *user, const char *path)
{
    CLEANUP(memory_free) char *above = memory_copy(path, strlen(path));
    char *slash;

    if (!user->change)
        return true;
    while ((slash = strrchr(above, '/')) && slash != above) {
        *slash = '\0';
        if (access(above, F_OK) == 0)
            return account_can_enter(user, above);
    }
    return true;
}

static char *user_data_home(void)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    const struct passwd *entry = getpwuid(geteuid());

    if (data && data[0] == '/')
        return memory_format("%s/portcullis", data);
    if ((!home || home[0] != '/') && entry)
        home = entry->pw_dir;
    if (!home || home[0] != '/')
        return memory_format(SYSTEM_DATA);
    return memory_format("%s/.local/share/portcullis", home);
}

char *data_home_default(const struct account *user)
{
    char *path = user_data_home();

    if (data_home_reached(user, path))
        return path;
    memory_free(&path);
    return memory_format(SYSTEM_DATA);
}

static bool is_abandoned(const char *path)
{
    struct stat status;

    if (lstat(path, &status) < 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != geteuid())
        return false;
    return claim_is_marked(path) || status.st_mtime + NEWBORN_S < time(NULL);
}

static void sweep_one(const char *path)
{
    CLEANUP(memory_free) char *lock = memory_format("%s/lock", path);
    CLEANUP(fd_close) int fd = -1;
    struct refusal why = { 0 };

    if (!is_abandoned(path))
        return;
    fd = claim_try(path);
    if (fd < 0 && access(lock, F_OK) == 0)
        return;
    strays_end(path);
    socket_dir_clear(path);
    if (disk_remove(path, &why) < 0)
        say("%s", why.line);
}

static void sweep(const char *parent)
{
    DIR *all = opendir(parent);
    struct dirent *entry;

    while (all && (entry = readdir(all))) {
        CLEANUP(memory_free) char *path = NULL;

        if (!text_starts_with(text_of(entry->d_name), TEMPORARY_PREFIX))
            continue;
        path = memory_format("%s/%s", parent, entry->d_name);
        sweep_one(path);
    }
    if (all)
        closedir(all);
}

static bool all_reach(const struct account *const *users, const char *path)
{
    for (; *users; users++)
        if (!data_home_reached(*users, path))
            return false;
    return true;
}

int data_home_temporary(const struct account *const *users, char **ret_path,
                        struct refusal *why)
{
    const char *wanted = getenv("TMPDIR");
    char *path;

    if (!wanted || wanted[0] != '/')
        wanted = "/tmp";
    path = memory_format("%s/" TEMPORARY_PREFIX "XXXXXX", wanted);
    if (!all_reach(users, path)) {
        memory_free(&path);
        wanted = "/tmp";
        path = memory_format("%s/" TEMPORARY_PREFIX "XXXXXX", wanted);
    }
    sweep(wanted);
    *ret_path = path;
    if (!mkdtemp(path))
        return refuse(why, EXIT_FAILED, "cannot make %s: %s", path,
                      strerror(errno));
    return 0;
}
