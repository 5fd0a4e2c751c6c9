/* SPDX-License-Identifier: MIT */
/* The way of a peer's bytes: from the socket through the gate. */
#include "base/check.h"
#include "http/cors.h"
#include "http/peer_impl.h"
#include "http/problem.h"
#include "http/secure.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <time.h>

static _Thread_local struct peers *current;

void peer__make_current(struct peers *peers)
{
    current = peers;
}

/* --- refusing ------------------------------------------------------------ */

static void write_refusal(struct buffer *out, const struct diag *diag, int code,
                          const char *cors_line)
{
    const struct error_info *info = error_info(code);
    char id[REQUEST_ID_TEXT_BYTES], date[40];
    time_t now = (time_t)(clock_wall_ns() / NS_PER_S);
    struct buffer body;
    struct tm tm;

    request_id(TEXT_NULL, id);
    buffer_init(&body, 8192);
    problem_write(&body, &(struct problem){
                             .code = code, .diag = diag, .request_id = id });
    gmtime_r(&now, &tm);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    buffer_add_format(out,
                      "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n"
                      "Content-Type: " CONTENT_PROBLEM "\r\n"
                      "Content-Length: %zu\r\nX-Request-Id: %s\r\n" SECURE_LINES
                      "%s\r\n",
                      info->status, info->title, date, body.len, id, cors_line);
    buffer_add_text(out, buffer_text(&body));
    buffer_fini(&body);
}

void peer__refuse(struct peer *peer)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    struct diag diag;
    int code;

    if (peer->refused)
        return;
    peer->refused = true;
    diag_init(&diag, NULL);
    code = gate_error(&peer->gate, &diag);
    buffer_init(&out, 16384);
    write_refusal(
        &out, &diag, code,
        cors_line_of_refusal(peer->peers->edge->options.cors_origins));
    linger(&peer->peers->lingerers, peer->fd, out.at, out.len);
    series_add(METRIC_SERIES(METRIC_GATE_REFUSALS, error_info(code)->code), 1);
    log_line(LOG_INFO, "refused", "%d %s", error_info(code)->status,
             diag.detail);
}

/* --- reading ------------------------------------------------------------- */

/*
 * What passed before the fault is answered first. libmicrohttpd takes a short
 * read for an empty socket; shutting it down makes it read once more.
 */
static ssize_t end_reading(struct peer *peer, size_t have)
{
    if (have > 0)
        shutdown(peer->fd, SHUT_RD);
    else
        peer__refuse(peer);
    return (ssize_t)have;
}

/*
 * Fills `to` with what the gate lets pass. Returning less than `room` tells
 * libmicrohttpd that the socket is empty (it polls for edges), so that must be
 * true.
 */
static ssize_t peer_read(struct peer *peer, char *to, size_t room)
{
    bool drained = false;
    size_t have = 0;

    for (;;) {
        size_t asked;
        ssize_t got;

        have += gate_pull(&peer->gate, to + have, room - have);
        if (have == room)
            return (ssize_t)have;
        if (peer->refused || gate_error(&peer->gate, NULL) < 0)
            return end_reading(peer, have);
        if (drained && have > 0)
            return (ssize_t)have;
        asked = room - have;
        got = __real_recv(peer->fd, to + have, asked, 0);
        if (got <= 0)
            return have > 0 ? (ssize_t)have : got;
        have += gate_pass(&peer->gate, to + have, (size_t)got, asked,
                          clock_monotonic_ns());
        peer->peers->moves++;
        drained = (size_t)got < asked; /* it gave all it had */
    }
}

ssize_t __wrap_recv(int fd, void *at, size_t len, int flags)
{
    if (!current || fd >= current->by_fd_count || !current->by_fd[fd])
        return __real_recv(fd, at, len, flags);
    return peer_read(current->by_fd[fd], at, len);
}

static ssize_t count_move(ssize_t sent)
{
    if (sent > 0 && current)
        current->moves++;
    return sent;
}

ssize_t __wrap_send(int fd, const void *at, size_t len, int flags)
{
    return count_move(__real_send(fd, at, len, flags));
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    return count_move(__real_sendmsg(fd, message, flags));
}
