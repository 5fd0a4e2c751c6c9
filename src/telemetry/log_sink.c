/* SPDX-License-Identifier: MIT */
#include "telemetry/log_impl.h"

#include "base/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t write_plain(int fd, const char *at, size_t len)
{
    return write(fd, at, len);
}

static ssize_t write_socket(int fd, const char *at, size_t len)
{
    return send(fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A pipe with room takes PIPE_BUF bytes at once, unless others fill it. */
static ssize_t write_polled(int fd, const char *at, size_t len)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };

    if (poll(&ready, 1, 0) == 1)
        return write(fd, at, len);
    errno = EAGAIN;
    return -1;
}

static struct {
    ssize_t (*write)(int fd, const char *at, size_t len);
    size_t chunk_bytes;
    int given, own; /* own: the same file, opened again; -1: no such */
} sink = { write_polled, LOG_LINE_BYTES, STDERR_FILENO, -1 };

/*
 * Others share the descriptor's file description, so it must not become
 * non-blocking. Pipes and terminals are opened a second time, which makes a
 * description of our own. (A pipe of another user refuses that.)
 */
static int open_again(int fd)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

void log__sink_open(int fd)
{
    struct stat file;

    if (sink.own >= 0)
        close(sink.own);
    sink.own = -1;
    sink.given = fd;
    sink.write = write_polled;
    sink.chunk_bytes = LOG_LINE_BYTES;
    if (fstat(fd, &file) < 0)
        return;
    if (S_ISREG(file.st_mode)) {
        sink.write = write_plain;
        sink.chunk_bytes = LOG_BUFFER_BYTES;
    } else if (S_ISSOCK(file.st_mode)) {
        sink.write = write_socket;
    } else {
        sink.own = open_again(fd);
        if (sink.own >= 0)
            sink.write = write_plain;
    }
}

bool log__sink_is_terminal(void)
{
    return isatty(sink.given) == 1;
}

/* Whole lines, as many as go out in one piece. */
static size_t next_chunk(const char *at, size_t len)
{
    const char *end;

    if (len <= sink.chunk_bytes)
        return len;
    end = memrchr(at, '\n', sink.chunk_bytes);
    CHECK(end);
    return (size_t)(end - at) + 1;
}

size_t log__sink_write(const char *at, size_t len)
{
    int fd = sink.own >= 0 ? sink.own : sink.given;
    size_t done = 0;

    while (done < len) {
        size_t chunk = next_chunk(at + done, len - done);
        ssize_t wrote = sink.write(fd, at + done, chunk);

        if (wrote > 0) {
            done += (size_t)wrote;
        } else if (wrote < 0 && errno == EAGAIN) {
            return done;
        } else if (wrote == 0 || errno != EINTR) {
            log__dropped(at + done, len - done);
            return len;
        }
    }
    return len;
}
