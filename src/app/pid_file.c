/* SPDX-License-Identifier: MIT */
#include "app/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(struct diag *diag, const char *path, const char *why)
{
    return FAIL(diag, ERR_INVALID_PARAMETER, "pid_file: %s: %s", path, why);
}

static int fail_held(struct diag *diag, const char *path)
{
    return FAIL(diag, ERR_INVALID_PARAMETER, "pid_file: %s: process %ld has it",
                path, (long)pid_file_holder(path));
}

int pid_file_make(const char *path, int *ret_fd, struct diag *diag)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0)
        return fail(diag, path, strerror(errno));
    if (fcntl(fd, F_SETLK, &lock) < 0) {
        close(fd);
        return fail_held(diag, path);
    }
    if (ftruncate(fd, 0) < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0) {
        int error = errno;

        close(fd);
        return fail(diag, path, strerror(error));
    }
    *ret_fd = fd;
    return 0;
}

/* Removed while it is ours: another one may be made right behind. */
void pid_file_end(const char *path, int *fd)
{
    if (*fd < 0)
        return;
    unlink(path);
    close(*fd);
    *fd = -1;
}

pid_t pid_file_holder(const char *path)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    pid_t holder = 0;

    if (fd < 0)
        return 0;
    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        holder = lock.l_pid;
    close(fd);
    return holder;
}
