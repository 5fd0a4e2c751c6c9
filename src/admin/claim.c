/* SPDX-License-Identifier: MIT */
#include "admin/claim.h"

#include "admin/data_dir.h"
#include "admin/disk.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARKER_TEXT "portcullis data directory, format "

enum {
    MARKER_BYTES = 64,
    LOCK_BYTES = 16,
    LOCK_LOOKS = 100,
    LOCK_LOOK_MS = 10
};

/* The number in the marker, or -1. */
static int read_format(const char *path)
{
    CLEANUP(memory_free) char *file = memory_format("%s/portcullis-data", path);
    CLEANUP(memory_free) char *marker = disk_read(file, MARKER_BYTES, NULL);
    int format = -1;

    if (!marker || sscanf(marker, MARKER_TEXT "%d", &format) != 1)
        return -1;
    return format;
}

bool claim_is_marked(const char *path)
{
    return read_format(path) > 0;
}

/* What a start that was killed before it wrote the marker leaves behind. */
static bool is_harmless(const char *path, const char *name)
{
    CLEANUP(memory_free) char *lock = memory_format("%s/lock", path);
    struct stat status;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        strcmp(name, "portcullis-data.new") == 0)
        return true;
    return strcmp(name, "lock") == 0 && lstat(lock, &status) == 0 &&
           S_ISREG(status.st_mode) && status.st_size < LOCK_BYTES;
}

static int look_inside(const char *path, struct refusal *why)
{
    DIR *all = opendir(path);
    struct dirent *entry;
    bool empty = true;

    if (!all)
        return refuse(why, EXIT_NOT_OURS, "cannot read %s: %s", path,
                      strerror(errno));
    while (empty && (entry = readdir(all)))
        empty = is_harmless(path, entry->d_name);
    closedir(all);
    if (!empty)
        return refuse(why, EXIT_NOT_OURS,
                      "%s is not empty and was not made by portcullis: name "
                      "another directory with --data",
                      path);
    return 0;
}

static int look_at_owner(const char *path, const struct stat *status,
                         struct refusal *why)
{
    const struct passwd *owner;

    if (status->st_uid == geteuid())
        return 0;
    owner = getpwuid(status->st_uid);
    return refuse(why, EXIT_NOT_OURS,
                  "%s belongs to the user %s: run portcullis as that user, or "
                  "name another directory with --data",
                  path, owner ? owner->pw_name : "with another number");
}

int claim_look(const char *path, struct refusal *why)
{
    struct stat status;
    int format;

    if (stat(path, &status) < 0 && errno == ENOENT)
        return 0;
    if (!S_ISDIR(status.st_mode))
        return refuse(why, EXIT_NOT_OURS,
                      "%s is no directory: name another one with --data", path);
    format = read_format(path);
    if (format > DATA_DIR_FORMAT)
        return refuse(why, EXIT_NOT_OURS,
                      "%s was made by a newer portcullis (layout %d): use that "
                      "one, or name another directory with --data",
                      path, format);
    return format > 0 ? look_at_owner(path, &status, why)
                      : look_inside(path, why);
}

int claim_try(const char *path)
{
    CLEANUP(memory_free) char *file = memory_format("%s/lock", path);
    int fd = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    fd_close(&fd);
    return -1;
}

static long read_holder(const char *file)
{
    CLEANUP(memory_free) char *pid = disk_read(file, LOCK_BYTES, NULL);

    return pid ? strtol(pid, NULL, 10) : 0;
}

static bool lives(long pid)
{
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno != ESRCH);
}

/* A child of a holder that was killed has the lock until it is another program.
 */
static bool lock(int fd, const char *file)
{
    for (int i = 0; i < LOCK_LOOKS; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (lives(read_holder(file)))
            return false;
        poll(NULL, 0, LOCK_LOOK_MS);
    }
    return false;
}

static int take_lock(const char *path, int *ret_fd, struct refusal *why)
{
    CLEANUP(memory_free) char *file = memory_format("%s/lock", path);

    *ret_fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*ret_fd < 0)
        return refuse(why, EXIT_FAILED, "cannot open %s: %s", file,
                      strerror(errno));
    if (lock(*ret_fd, file))
        return 0;
    close(*ret_fd);
    *ret_fd = -1;
    return refuse(why, EXIT_RUNNING,
                  "%s is in use by process %ld: end that one (kill %ld), or "
                  "name another directory with --data",
                  path, read_holder(file), read_holder(file));
}

static int mark(const char *path, struct refusal *why)
{
    CLEANUP(memory_free) char *file = memory_format("%s/portcullis-data", path);
    CLEANUP(memory_free)
    char *marker = memory_format(MARKER_TEXT "%d\n", DATA_DIR_FORMAT);
    int r;

    if (claim_is_marked(path))
        return 0;
    r = disk_replace(file, 0644, text_of(marker), why);
    return r < 0 ? r : disk_sync(path, why);
}

int claim_take(const char *path, int *ret_lock_fd, struct refusal *why)
{
    int r = take_lock(path, ret_lock_fd, why);

    if (r < 0)
        return r;
    if (ftruncate(*ret_lock_fd, 0) < 0 ||
        dprintf(*ret_lock_fd, "%d\n", getpid()) < 0)
        return refuse(why, EXIT_FAILED, "cannot write %s/lock: %s", path,
                      strerror(errno));
    return mark(path, why);
}
