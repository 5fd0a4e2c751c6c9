/* SPDX-License-Identifier: MIT */
/*
 * The framing gate: a strict, incremental RFC 9112 validator of the byte
 * stream that one client sends. It stands between the socket and the HTTP
 * parser, so that the parser never sees a byte that could be read in two
 * ways. It does no I/O and reads no clock.
 *
 * A head, and each line of chunk framing, goes on whole or not at all; body
 * bytes go on as they come. What goes on is plain HTTP/1.0 or 1.1 in
 * origin-form: see gate_pass(). When the stream breaks a rule everything
 * before the fault still goes on, and nothing after it ever does.
 *
 * How a reader uses it, each time the parser wants up to `room` bytes:
 *
 *     n = gate_pull(gate, at, room);
 *     while (n < room && gate_error(gate, NULL) == 0) {
 *         asked = room - n;
 *         got = recv(fd, at + n, asked);
 *         if (got <= 0)
 *             break;
 *         n += gate_pass(gate, at + n, got, asked, now);
 *         if (got < asked)
 *             break;
 *     }
 *
 * The loop matters with an edge-triggered poller, where a short answer says
 * that the socket is empty: the gate may have kept what made it short. With
 * n == 0 and an error the reader answers the problem and closes; with n > 0
 * what is ahead of the fault is answered first, and nobody may ask again, so
 * the reader looks at gate_error() after each request, too.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"
#include "base/text.h"

struct gate;

/* Shared by many gates; it must outlive them. */
struct gate_limits {
    uint32_t head_bytes;   /* request line and fields; trailers, too */
    uint32_t target_bytes; /* at most head_bytes */
    uint32_t fields;       /* in a head; in trailers, too */
    uint32_t body_bytes_per_s;
    uint64_t body_bytes;
    uint64_t head_ns; /* from a head's first byte to its last */
    uint64_t body_ns; /* for a body up to body_bytes, from the head's end */

    /*
     * The body's limit for one request; NULL: body_bytes for all. Asked when
     * a head with a body is whole. A body that may be longer than body_bytes
     * is streamed: it may take longer than body_ns, but never falls body_ns
     * behind body_bytes_per_s.
     */
    uint64_t (*body_limit)(void *arg, struct text method, struct text target);
    void *arg;

    /*
     * Called with each head that goes on: whole, valid and rewritten as told
     * at gate_pass(). It may write a shorter one over it that frames the same
     * body, and returns the length; NULL: heads go on as they are.
     */
    size_t (*take_head)(struct gate *gate, char *head, size_t len);
};

/* 16 KiB, 8 KiB, 100 fields, 16 KiB/s, 1 MiB, 10 s, 10 s. */
extern const struct gate_limits gate_limits_default;

/* For its owner to embed; its members are the gate's own. */
struct gate {
    const struct gate_limits *limits;
    uint64_t deadline_ns;
    uint64_t body_limit; /* of the request at hand */
    uint64_t body_room;  /* how many bytes more its chunks may announce */
    uint64_t left;       /* of the body, or of its chunk, still to come */
    uint64_t requests;
    struct gate_held {
        char *at; /* NULL while nothing is held */
        uint32_t capacity, len;
        uint32_t taken; /* handed over by gate_pull() */
        uint32_t ready; /* validated */
        uint32_t unit;  /* where the unit that is not whole begins */
    } held;
    uint32_t line;    /* of the unit at hand: where its last line begins */
    uint32_t seen;    /* … and how far the end of that line was looked for */
    uint32_t host_at; /* … and where its Host field is */
    uint16_t fields, marks;
    uint8_t step, fault;
};

/* Takes no memory. */
void gate_init(struct gate *gate, const struct gate_limits *limits);

/* Frees what is held. Harmless after itself. */
void gate_fini(struct gate *gate);

/*
 * Takes `len` bytes fresh from the socket and returns how many bytes, now at
 * `bytes`, may go on to the parser: at most `room` (>= len). All that waited
 * must have been pulled. In the common case, whole heads in one read, nothing
 * is copied or allocated. What does not end in these bytes, and validated
 * bytes for which there is no room, are held; never more than head_bytes and
 * one read.
 *
 * The bytes are rewritten in place, never grown:
 * - one empty line before a request is dropped (RFC 9112, 2.2);
 * - HTTP/1.2 to 1.9 become 1.1;
 * - `http://host/path` becomes `/path`, and its host the value of the Host
 *   field (RFC 9112, 3.2.2; HTTP/1.0 without Host stays without);
 * - spaces after a field's value go before it;
 * - chunk extensions, leading zeros of chunk sizes and trailers are checked
 *   and dropped.
 */
size_t gate_pass(struct gate *gate, char *bytes, size_t len, size_t room,
                 uint64_t now_ns) MUST_CHECK;

/* Hands over validated bytes that wait, up to `room`; 0 when none do. */
size_t gate_pull(struct gate *gate, char *to, size_t room) MUST_CHECK;

/*
 * 0 while the stream is sound or validated bytes still wait; else the same
 * -ERR_x for ever, with its sentence in diag (which may be NULL). The sentence
 * holds no byte of the request. Errors: BAD_REQUEST, REQUEST_TIMEOUT,
 * CONTENT_TOO_LARGE, URI_TOO_LONG, EXPECTATION_FAILED, HEADERS_TOO_LARGE,
 * NOT_IMPLEMENTED, VERSION_NOT_SUPPORTED. The reply must close.
 */
int gate_error(const struct gate *gate, struct diag *diag) MUST_CHECK;

/*
 * When the head or body at hand must be complete, on the clock of gate_pass();
 * UINT64_MAX between requests and after an error.
 */
static inline uint64_t gate_deadline_ns(const struct gate *gate)
{
    return gate->deadline_ns;
}

/* Refuses the stream if the deadline is over then; returns whether it did so.
 */
bool gate_expire(struct gate *gate, uint64_t now_ns);

/*
 * Puts the deadline off by a time in which the server itself did not read,
 * as it was busy with an earlier request or with the body so far.
 */
void gate_forgive(struct gate *gate, uint64_t ns);

/* No byte of a next request has been seen, and none waits. */
bool gate_is_idle(const struct gate *gate);

/*
 * The last head went on, but not yet the end of its body. After an error: the
 * fault is in that request, not in a next one.
 */
bool gate_in_body(const struct gate *gate);

/* Heads that went on (or wait to be pulled). */
static inline uint64_t gate_requests(const struct gate *gate)
{
    return gate->requests;
}
