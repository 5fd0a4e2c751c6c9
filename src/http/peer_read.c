/* SPDX-License-Identifier: MIT */
/* The way of a peer's bytes: from the socket through the gate. */
#include "base/check.h"
#include "http/cors.h"
#include "http/peer_impl.h"
#include "http/problem.h"
#include "http/secure.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "tls/tls.h"

#include <errno.h>

/* --- refusing ------------------------------------------------------------ */

static void write_refusal(struct buffer *out, const struct diag *diag, int code,
                          struct edge *edge)
{
    const struct server_options *options = &edge->options;
    const struct error_info *info = error_info(code);
    char id[REQUEST_ID_TEXT_BYTES];
    struct buffer body;

    request_id(TEXT_NULL, id);
    buffer_init(&body, 8192);
    problem_write(&body, &(struct problem){
                             .code = code, .diag = diag, .request_id = id });
    buffer_add_format(
        out,
        "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n"
        "Content-Type: " CONTENT_PROBLEM "\r\n"
        "Content-Length: %zu\r\nX-Request-Id: %s\r\n" SECURE_LINES "%s%s\r\n",
        info->status, info->title, date_now(&edge->date), body.len, id,
        options->strict_transport ? STRICT_TRANSPORT_LINE : "",
        cors_line_of_refusal(options->cors_origins));
    buffer_add_text(out, buffer_text(&body));
    buffer_fini(&body);
}

/* Says what is wrong, reads on for a moment, and ends. */
static void refuse(struct peer *peer, int code, const struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    peer->refused = true;
    buffer_init(&out, 16384);
    write_refusal(&out, diag, code, peer->peers->edge);
    linger(&peer->peers->lingerers, peer->fd, out.at, out.len);
    series_add(METRIC_SERIES(METRIC_GATE_REFUSALS, error_info(code)->code), 1);
    log_line(LOG_INFO, "refused", "%d %s", error_info(code)->status,
             diag->detail);
}

void peer__refuse(struct peer *peer)
{
    struct diag diag;
    int code;

    if (peer->refused)
        return;
    diag_init(&diag, NULL);
    code = gate_error(&peer->gate, &diag);
    refuse(peer, code, &diag);
}

/* Not what a handshake is made of: those who speak HTTP are told so in HTTP. */
static void refuse_handshake(struct peer *peer)
{
    bool http = tls_met_http(peer->tls);
    struct diag diag;

    tls_free(&peer->tls);
    diag_init(&diag, NULL);
    if (http)
        refuse(peer,
               FAIL(&diag, ERR_BAD_REQUEST, "this port speaks TLS: https://"),
               &diag);
    peer->refused = true;
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

static ssize_t receive(struct peer *peer, char *to, size_t room)
{
    ssize_t got;

    if (!peer->tls)
        return __real_recv(peer->fd, to, room, 0);
    got = tls_read(peer->tls, to, room);
    if (got >= 0 || errno == EAGAIN || tls_is_open(peer->tls))
        return got;
    refuse_handshake(peer);
    return 0;
}

/* What was kept behind an exchange, to be read before all else. */
static size_t take_rest(struct peer *peer, char *to, size_t room)
{
    size_t len = peer->rest.len < room ? peer->rest.len : room;

    if (len == 0)
        return 0;
    memcpy(to, peer->rest.at, len);
    buffer_consume(&peer->rest, len);
    if (peer->rest.len == 0)
        buffer_fini(&peer->rest);
    return len;
}

/* Fills `to` with what the gate lets pass. */
static ssize_t read_passed(struct peer *peer, char *to, size_t room,
                           bool *ret_drained)
{
    size_t have = take_rest(peer, to, room);
    bool drained = false;

    *ret_drained = false;
    for (;;) {
        size_t asked;
        ssize_t got;

        have += gate_pull(&peer->gate, to + have, room - have);
        if (have == room)
            return (ssize_t)have;
        if (peer->refused || gate_error(&peer->gate, NULL) < 0)
            return end_reading(peer, have);
        *ret_drained = drained;
        if (drained && have > 0)
            return (ssize_t)have;
        asked = room - have;
        got = receive(peer, to + have, asked);
        *ret_drained = got < 0;
        if (got <= 0)
            return have > 0 ? (ssize_t)have : got;
        have += gate_pass(&peer->gate, to + have, (size_t)got, asked,
                          clock_monotonic_ns());
        peer->peers->moves++;
        /* a socket gave all it had; of TLS this was one record */
        drained = !peer->tls && (size_t)got < asked;
    }
}

/*
 * As if a signal had come: libmicrohttpd believes that there may be something
 * to read still, and asks at each of its runs.
 */
static ssize_t put_off(struct peer *peer)
{
    if (!peer->unread)
        peer->peers->unread++;
    peer->unread = true;
    if (!peer->exchange)
        peer->peers->ask_to_run(peer->peers);
    errno = EINTR;
    return -1;
}

/* Nothing, for now. */
static ssize_t empty(void)
{
    errno = EAGAIN;
    return -1;
}

/* A whole request is being answered; its client may still be reading. */
static bool owes_answer(const struct peer *peer)
{
    return peer->exchange && !peer->refused && gate_is_idle(&peer->gate);
}

/*
 * Returning less than `room` tells libmicrohttpd that the socket is empty (it
 * polls for edges), so that must be true.
 */
ssize_t peer__read(struct peer *peer, char *to, size_t room)
{
    bool drained;
    ssize_t have;
    size_t left;

    peer_forget_unread(peer);
    if (peer->direct)
        return put_off(peer);
    have = read_passed(peer, to, room, &drained);
    if (have == 0 && owes_answer(peer))
        return put_off(peer);
    if (have <= 0)
        return have;
    left = peer__take_direct(peer, to, (size_t)have);
    if (left == (size_t)have || (left > 0 && drained && !peer->direct)) {
        peer->owed = peer->heads.len;
        return (ssize_t)left;
    }
    buffer_add(&peer->rest, to, left);
    return left == 0 && drained ? empty() : put_off(peer);
}
