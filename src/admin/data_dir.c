/* SPDX-License-Identifier: MIT */
#include "admin/data_dir.h"

#include "admin/claim.h"
#include "admin/data_home.h"
#include "admin/disk.h"
#include "admin/socket_dir.h"
#include "admin/strays.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a start or a --fresh that was killed leaves half done, and what is only
 * true while we run. */
static const char *const leftovers[] = { "postgres.new", "postgres.old",
                                         "redis.old",    "dev.json",
                                         "dev.json.new", "portcullis-data.new",
                                         "replica-1",    "replica-2",
                                         "replica-3" };

char *data_dir_path(const struct data_dir *dir, const char *name)
{
    return memory_format("%s/%s", dir->path, name);
}

/* Without slashes at the end, so that what is above it can be cut off. */
static char *absolute(const char *path)
{
    char here[PATH_MAX];
    char *made;

    if (path[0] == '/')
        made = memory_copy(path, strlen(path));
    else
        made = memory_format("%s/%s", getcwd(here, sizeof(here)) ? here : "",
                             path);
    for (size_t len = strlen(made); len > 1 && made[len - 1] == '/'; len--)
        made[len - 1] = '\0';
    return made;
}

static int check_reach(const char *path, const struct account *const *users,
                       struct refusal *why)
{
    for (; *users; users++)
        if (!data_home_reached(*users, path))
            return refuse(why, EXIT_CONFIG,
                          "the user %s, who runs the servers for root, cannot "
                          "get to %s: name a directory that is open to all, "
                          "such as --data /var/lib/portcullis",
                          (*users)->name, path);
    return 0;
}

static int make_and_take(struct data_dir *dir, const char *path,
                         struct refusal *why)
{
    struct account self = account_self();
    char real[PATH_MAX];

    if (disk_make_all(path, why) < 0 ||
        disk_make(path, geteuid() == 0 ? 0711 : 0700, &self, why) < 0)
        return -why->status;
    if (!realpath(path, real))
        return refuse(why, EXIT_FAILED, "cannot resolve %s: %s", path,
                      strerror(errno));
    dir->path = memory_copy(real, strlen(real));
    return claim_take(dir->path, &dir->lock_fd, why);
}

static int take_named(struct data_dir *dir, const char *name,
                      const struct account *const *users, struct refusal *why)
{
    CLEANUP(memory_free) char *path = absolute(name);

    if (name[0] == '\0')
        return refuse(why, EXIT_USAGE, "--data asks for a directory");
    if (claim_look(path, why) < 0 || check_reach(path, users, why) < 0)
        return -why->status;
    return make_and_take(dir, path, why);
}

static int take_temporary(struct data_dir *dir,
                          const struct account *const *users,
                          struct refusal *why)
{
    CLEANUP(memory_free) char *path = NULL;
    int r = data_home_temporary(users, &path, why);

    if (r < 0)
        return r;
    dir->temporary = true;
    return make_and_take(dir, path, why);
}

static int mend(const struct data_dir *dir, struct refusal *why)
{
    unsigned strays = strays_end(dir->path);

    if (strays > 0)
        say("ended what an earlier run left running (%u processes)", strays);
    for (size_t i = 0; i < ARRAY_LEN(leftovers); i++) {
        CLEANUP(memory_free) char *path = data_dir_path(dir, leftovers[i]);
        int r = disk_remove(path, why);

        if (r < 0)
            return r;
    }
    return 0;
}

int data_dir_open(struct data_dir *dir, const char *path,
                  const struct account *const *users, struct refusal *why)
{
    int r;

    *dir = (struct data_dir){ .lock_fd = -1 };
    r = path ? take_named(dir, path, users, why)
             : take_temporary(dir, users, why);
    if (r < 0)
        return r;
    r = mend(dir, why);
    return r < 0 ? r : socket_dir_make(dir->path, users, &dir->sockets, why);
}

void data_dir_close(struct data_dir *dir)
{
    struct refusal why = { 0 };

    if (dir->lock_fd >= 0)
        socket_dir_clear(dir->path);
    if (dir->lock_fd >= 0 && dir->temporary && disk_remove(dir->path, &why) < 0)
        say("%s", why.line);
    fd_close(&dir->lock_fd);
    dir->lock_fd = -1;
    memory_free(&dir->path);
    memory_free(&dir->sockets);
}

int data_dir_discard(const struct data_dir *dir, const char *name,
                     struct refusal *why)
{
    CLEANUP(memory_free) char *path = data_dir_path(dir, name);
    CLEANUP(memory_free) char *old = memory_format("%s.old", path);

    if (rename(path, old) < 0 && errno != ENOENT)
        return refuse(why, EXIT_FAILED, "cannot rename %s: %s", path,
                      strerror(errno));
    return disk_remove(old, why);
}

int data_dir_log(const struct data_dir *dir, const char *name,
                 struct refusal *why)
{
    CLEANUP(memory_free) char *path = data_dir_path(dir, name);
    CLEANUP(memory_free) char *old = memory_format("%s.old", path);
    int fd;

    rename(path, old);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
              0600);
    if (fd < 0)
        return refuse(why, EXIT_FAILED, "cannot open %s: %s", path,
                      strerror(errno));
    return fd;
}
