/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIECE_BYTES = 4096 };

static int read_all(int fd, struct buffer *out)
{
    char piece[PIECE_BYTES];

    for (;;) {
        ssize_t got = read(fd, piece, sizeof(piece));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            return 0;
        buffer_add(out, piece, (size_t)got);
        if (buffer_overflown(out))
            return EFBIG;
    }
}

int file_read(const char *path, struct buffer *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r;

    if (fd < 0)
        return errno;
    r = read_all(fd, out);
    close(fd);
    return r;
}
