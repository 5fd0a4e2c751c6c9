/* SPDX-License-Identifier: MIT */
#include "admin/disk.h"

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LAST_WORDS_BYTES = 8192 };

void fd_close(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static ssize_t read_up_to(int fd, char *at, size_t bytes)
{
    size_t len = 0;
    ssize_t got;

    do {
        got = read(fd, at + len, bytes - len);
        len += got > 0 ? (size_t)got : 0;
    } while (got > 0 && len < bytes);
    return got < 0 ? -1 : (ssize_t)len;
}

char *disk_read(const char *path, size_t limit_bytes, size_t *ret_len)
{
    CLEANUP(buffer_fini) struct buffer content;

    buffer_init(&content, limit_bytes);
    if (file_read(path, &content) != 0)
        return NULL;
    if (ret_len)
        *ret_len = content.len;
    return memory_copy(content.at, content.len);
}

static bool is_fatal(struct text line)
{
    return memmem(line.at, line.len, "FATAL:", 6) ||
           memmem(line.at, line.len, "PANIC:", 6);
}

char *disk_last_words(const char *path)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct text rest, line, last = TEXT(""), fatal = TEXT_NULL;
    char tail[LAST_WORDS_BYTES];
    ssize_t len = -1;

    if (fd >= 0 && lseek(fd, -(off_t)sizeof(tail), SEEK_END) < 0)
        lseek(fd, 0, SEEK_SET);
    if (fd >= 0)
        len = read_up_to(fd, tail, sizeof(tail));
    rest = text_from(tail, len > 0 ? (size_t)len : 0);
    while (text_cut(&rest, '\n', &line)) {
        if (text_trim(line).len > 0)
            last = text_trim(line);
        if (is_fatal(line))
            fatal = text_trim(line);
    }
    if (!text_is_null(fatal))
        last = fatal;
    return memory_copy(last.at, last.len);
}

static bool write_all(int fd, struct text content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.at, content.len);

        if (put < 0)
            return false;
        content = text_skip(content, (size_t)put);
    }
    return fsync(fd) == 0;
}

static bool write_new(const char *path, mode_t mode, struct text content)
{
    CLEANUP(fd_close)
    int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);

    return fd >= 0 && fchmod(fd, mode) == 0 && write_all(fd, content);
}

int disk_replace(const char *path, mode_t mode, struct text content,
                 struct refusal *why)
{
    CLEANUP(memory_free) char *made = memory_format("%s.new", path);

    if (!write_new(made, mode, content) || rename(made, path) < 0)
        return refuse(why, EXIT_FAILED, "cannot write %s: %s", path,
                      strerror(errno));
    return 0;
}

int disk_make_all(const char *path, struct refusal *why)
{
    CLEANUP(memory_free) char *part = memory_copy(path, strlen(path));

    for (char *c = part + 1;; c++) {
        bool end = *c == '\0';

        if (!end && *c != '/')
            continue;
        *c = '\0';
        if (mkdir(part, 0755) < 0 && errno != EEXIST)
            return refuse(why, EXIT_CONFIG, "cannot make directory %s: %s",
                          part, strerror(errno));
        if (end)
            return 0;
        *c = '/';
    }
}

int disk_make(const char *path, mode_t mode, const struct account *owner,
              struct refusal *why)
{
    if ((mkdir(path, mode) < 0 && errno != EEXIST) || chmod(path, mode) < 0 ||
        (owner->change && chown(path, owner->uid, owner->gid) < 0))
        return refuse(why, EXIT_FAILED, "cannot make directory %s: %s", path,
                      strerror(errno));
    return 0;
}

int disk_sync(const char *path, struct refusal *why)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        return refuse(why, EXIT_FAILED, "cannot sync %s: %s", path,
                      strerror(errno));
    return 0;
}

static int remove_entry(const char *path, UNUSED const struct stat *status,
                        UNUSED int kind, UNUSED struct FTW *where)
{
    return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int disk_remove(const char *path, struct refusal *why)
{
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0 &&
        errno != ENOENT)
        return refuse(why, EXIT_FAILED, "cannot remove %s: %s", path,
                      strerror(errno));
    return 0;
}
