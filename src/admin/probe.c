/* SPDX-License-Identifier: MIT */
#include "admin/probe.h"

#include "admin/disk.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PROBE_MS = 500, STARTUP_BYTES = 256, PROTOCOL_3_0 = 3 << 16 };

/* PostgreSQL's 'X' message: without it the server logs a lost client. */
static const char terminate[] = { 'X', 0, 0, 0, 4 };

static int connect_to(const char *socket_path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(socket_path) >= sizeof(at.sun_path))
        return -1;
    memcpy(at.sun_path, socket_path, strlen(socket_path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool answers(int fd, struct text ask, const char *want)
{
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    char reply[16] = "";

    if (fd < 0 || send(fd, ask.at, ask.len, MSG_NOSIGNAL) < 0)
        return false;
    if (poll(&readable, 1, PROBE_MS) != 1)
        return false;
    return recv(fd, reply, sizeof(reply) - 1, 0) > 0 &&
           strncmp(reply, want, strlen(want)) == 0;
}

/* Length, version, then pairs of strings; the literal's last NUL ends them. */
static size_t startup_packet(char packet[STARTUP_BYTES], const char *role,
                             const char *database)
{
    uint32_t head[2] = { 0, htonl(PROTOCOL_3_0) };
    int len = snprintf(packet + sizeof(head), STARTUP_BYTES - sizeof(head),
                       "user%c%s%cdatabase%c%s%c", 0, role, 0, 0, database, 0);
    size_t bytes = sizeof(head) + (size_t)len + 1;

    head[0] = htonl((uint32_t)bytes);
    memcpy(packet, head, sizeof(head));
    return bytes;
}

bool probe_cluster(const char *socket_path, const char *role,
                   const char *database)
{
    CLEANUP(fd_close) int fd = connect_to(socket_path);
    char packet[STARTUP_BYTES];
    size_t len = startup_packet(packet, role, database);

    if (!answers(fd, text_from(packet, len), "R"))
        return false;
    return send(fd, terminate, sizeof(terminate), MSG_NOSIGNAL) > 0;
}

bool probe_cache(const char *socket_path)
{
    CLEANUP(fd_close) int fd = connect_to(socket_path);

    return answers(fd, TEXT("PING\r\n"), "+PONG");
}
