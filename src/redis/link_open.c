/* SPDX-License-Identifier: MIT */
/* Finding the server and connecting to it: refused, reset and silent ones are
 * all told in time. */
#include "base/fault.h"
#include "redis/link_impl.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* --- where it is ---------------------------------------------------------- */

struct place {
    struct sockaddr_storage at;
    socklen_t len;
};

struct lookup {
    const struct redis_address *address;
    struct place place;
    bool found;
};

/* On a helper thread: the name service may take its time. */
static void look_up(void *arg)
{
    struct lookup *lookup = arg;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;

    if (getaddrinfo(lookup->address->host, lookup->address->port, &hints,
                    &found) != 0)
        return;
    memcpy(&lookup->place.at, found->ai_addr, found->ai_addrlen);
    lookup->place.len = found->ai_addrlen;
    lookup->found = true;
    freeaddrinfo(found);
}

static int find_socket(const char *path, struct place *ret_place,
                       struct diag *diag)
{
    struct sockaddr_un *at = (struct sockaddr_un *)&ret_place->at;

    if (strlen(path) >= sizeof(at->sun_path))
        return FAIL(diag, ERR_CONNECT_FAILED,
                    "the path of Redis' socket is too long");
    at->sun_family = AF_UNIX;
    memcpy(at->sun_path, path, strlen(path) + 1);
    ret_place->len = sizeof(*at);
    return 0;
}

static YIELDS int find(const struct redis_address *address,
                       struct place *ret_place, struct diag *diag)
{
    struct lookup lookup = { .address = address };

    if (address->path)
        return find_socket(address->path, ret_place, diag);
    work_run(look_up, &lookup);
    if (!lookup.found)
        return FAIL(diag, ERR_CONNECT_FAILED, "Redis' host is not known");
    *ret_place = lookup.place;
    return 0;
}

/* --- connecting ----------------------------------------------------------- */

struct arrival {
    struct fiber *fiber;
    bool there;
};

static void on_arrival(void *arg, int events)
{
    struct arrival *arrival = arg;

    (void)events;
    arrival->there = true;
    fiber_wake(arrival->fiber);
}

static int fail_errno(int error, struct diag *diag)
{
    int r = FAIL(diag, ERR_CONNECT_FAILED, "Redis cannot be reached");

    if (diag)
        snprintf(diag->cause, sizeof(diag->cause), "%s", strerror(error));
    return r;
}

/* Whatever became of it, the socket tells. */
static int tell_connected(int fd, struct diag *diag)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    return error == 0 ? 0 : fail_errno(error, diag);
}

static YIELDS int wait_connected(struct loop *loop, int fd,
                                 struct deadline until, struct diag *diag)
{
    CLEANUP(watch_free) struct watch *watch = NULL;
    struct arrival arrival = { .fiber = fiber_self() };
    int r = watch_new(loop, fd, WATCH_WRITE, on_arrival, &arrival, &watch);

    while (r == 0 && !arrival.there)
        r = fiber_wait(until);
    if (r == -ERR_DEADLINE)
        return FAIL(diag, ERR_CONNECT_FAILED, "Redis does not answer");
    return r < 0 ? r : tell_connected(fd, diag);
}

static void set_up(int fd, const struct place *place)
{
    const int on = 1;

    if (place->at.ss_family == AF_UNIX)
        return;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0)
        return; /* it works without, only not as well */
}

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

int link_open(struct loop *loop, const struct redis_address *address,
              const struct link_listener *listener, struct deadline until,
              struct link **ret_link, struct diag *diag)
{
    CLEANUP(close_fd) int fd = -1;
    struct place place = { .len = 0 };
    int r;

    if (fault_hit(FAULT_REDIS_CONNECT))
        return FAIL(diag, ERR_CONNECT_FAILED, "Redis cannot be reached");
    r = find(address, &place, diag);
    if (r < 0)
        return r;
    fd = socket(place.at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                0);
    if (fd < 0)
        return fail_errno(errno, diag);
    set_up(fd, &place);
    if (connect(fd, (const struct sockaddr *)&place.at, place.len) < 0) {
        if (errno != EINPROGRESS)
            return fail_errno(errno, diag);
        r = wait_connected(loop, fd, until, diag);
        if (r < 0)
            return r;
    }
    *ret_link = link__new(loop, fd, listener);
    fd = -1;
    return 0;
}
