/* SPDX-License-Identifier: MIT */
#include "http/linger.h"

#include "base/memory.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINGER_MS = 2000, LINGER_BYTES = 1 << 20, LINGERERS_MAX = 1000 };

struct lingerer {
    struct lingerers *all;
    struct list link;
    struct watch *watch;
    struct timer timer;
    int fd;
    size_t read_bytes;
};

void lingerers_init(struct lingerers *lingerers, struct loop *loop)
{
    *lingerers = (struct lingerers){ .loop = loop };
    list_init(&lingerers->all);
}

static void let_go(void *arg)
{
    struct lingerer *l = arg;

    watch_free(&l->watch);
    timer_stop(&l->timer);
    list_remove(&l->link);
    l->all->count--;
    close(l->fd);
    memory_free(&l);
}

void lingerers_fini(struct lingerers *lingerers)
{
    list_each_safe (&lingerers->all, struct lingerer, l, link)
        let_go(l);
}

/* Our own end of reading looks like the client's; the kernel knows better. */
static bool has_client_closed(int fd)
{
    struct tcp_info info = { 0 };
    socklen_t len = sizeof(info);

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
           (info.tcpi_state != TCP_FIN_WAIT1 &&
            info.tcpi_state != TCP_FIN_WAIT2);
}

static void on_readable(void *arg, int events)
{
    struct lingerer *l = arg;
    char unread[4096];
    ssize_t got = recv(l->fd, unread, sizeof(unread), MSG_DONTWAIT);

    (void)events;
    if (got > 0)
        l->read_bytes += (size_t)got;
    if (got < 0 || l->read_bytes > LINGER_BYTES ||
        (got == 0 && has_client_closed(l->fd)))
        let_go(l);
    else if (got == 0)
        watch_free(&l->watch); /* the timer ends it */
}

void linger(struct lingerers *lingerers, int fd, const char *last_word,
            size_t len)
{
    struct lingerer *l;
    int own;

    send(fd, last_word, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(fd, SHUT_WR);
    if (lingerers->count >= LINGERERS_MAX)
        return;
    own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return;
    l = NEW(struct lingerer);
    l->all = lingerers;
    l->fd = own;
    timer_init(&l->timer, lingerers->loop, let_go, l);
    list_push_back(&lingerers->all, &l->link);
    lingerers->count++;
    timer_set(&l->timer,
              deadline_after(loop_now_ns(lingerers->loop), LINGER_MS));
    if (watch_new(lingerers->loop, own, WATCH_READ, on_readable, l, &l->watch) <
        0)
        let_go(l);
}
