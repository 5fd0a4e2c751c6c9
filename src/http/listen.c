/* SPDX-License-Identifier: MIT */
#include "http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * What of an answer the kernel takes ahead of what may be sent. It would take
 * a hundred kilobytes for who reads nothing, and be at that for longer than the
 * answer took to make; who reads is not held up, since the next bytes are asked
 * for when half of these are on their way.
 */
enum { UNSENT_BYTES = 32 * 1024 };

enum { BACKLOG = 4096 };

struct address {
    const char *setting; /* it came from */
    struct sockaddr_storage at;
    socklen_t len;
};

static int split(const char *setting, struct text address,
                 char host[static 256], char port[static 6], struct diag *diag)
{
    struct text name = address, number;
    ptrdiff_t colon = -1;

    for (size_t i = 0; i < address.len; i++)
        if (address.at[i] == ':')
            colon = (ptrdiff_t)i;
    if (colon >= 0) {
        name.len = (size_t)colon;
        number = text_skip(address, (size_t)colon + 1);
        if (name.len >= 2 && name.at[0] == '[' && name.at[name.len - 1] == ']')
            name = text_from(name.at + 1, name.len - 2);
        if (name.len < 256 && number.len > 0 && number.len < 6) {
            snprintf(host, 256, "%.*s", TEXT_ARG(name));
            snprintf(port, 6, "%.*s", TEXT_ARG(number));
            return 0;
        }
    }
    return FAIL(diag, ERR_INVALID_PARAMETER,
                "%s must be HOST:PORT, such as 127.0.0.1:8080", setting);
}

static int resolve(struct text text, struct address *ret, struct diag *diag)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char host[256], port[6];
    int r = split(ret->setting, text, host, port, diag);

    if (r < 0)
        return r;
    r = getaddrinfo(host[0] ? host : NULL, port, &hints, &found);
    if (r != 0)
        return FAIL(diag, ERR_INVALID_PARAMETER, "%s: %s: %s", ret->setting,
                    host, gai_strerror(r));
    memcpy(&ret->at, found->ai_addr, found->ai_addrlen);
    ret->len = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

static int open_socket(const struct address *address, bool shared,
                       struct diag *diag)
{
    int on = 1;
    int fd = socket(address->at.ss_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return FAIL(diag, ERR_UNAVAILABLE, "%s: %s", address->setting,
                    strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &(int){ UNSENT_BYTES },
               sizeof(int)); /* of those it accepts */
    if (shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)&address->at, address->len) == 0 &&
        (!shared || listen(fd, BACKLOG) == 0))
        return fd;
    on = errno;
    close(fd);
    if (on == EADDRINUSE)
        return FAIL(diag, ERR_UNAVAILABLE,
                    "the port is taken by another program: stop it, or choose "
                    "another (%s)",
                    address->setting);
    return FAIL(diag, ERR_INVALID_PARAMETER, "%s: %s", address->setting,
                strerror(on));
}

/* Sockets that share a port let any other of ours share it: ask without. */
static int check_free(const struct address *address, struct diag *diag)
{
    int fd = open_socket(address, false, diag);

    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof(at);

    if (getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        return 0;
    return ntohs(at.ss_family == AF_INET6
                     ? ((const struct sockaddr_in6 *)&at)->sin6_port
                     : ((const struct sockaddr_in *)&at)->sin_port);
}

static void set_port(struct address *address, unsigned port)
{
    if (address->at.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&address->at)->sin6_port =
            htons((uint16_t)port);
    else
        ((struct sockaddr_in *)&address->at)->sin_port = htons((uint16_t)port);
}

int listen_sockets(const char *setting, struct text text, int *ret_fds,
                   unsigned count, struct diag *diag, unsigned *ret_port)
{
    struct address address = { .setting = setting };
    int r = resolve(text, &address, diag);

    if (r < 0)
        return r;
    r = check_free(&address, diag);
    if (r < 0)
        return r;
    for (unsigned i = 0; i < count; i++) {
        ret_fds[i] = open_socket(&address, true, diag);
        if (ret_fds[i] < 0) {
            r = ret_fds[i];
            while (i-- > 0)
                close(ret_fds[i]);
            return r;
        }
        *ret_port = port_of(ret_fds[i]);
        set_port(&address, *ret_port); /* the others share what port 0 got */
    }
    return 0;
}
