/* SPDX-License-Identifier: MIT */
/*
 * Feeds a stream to a gate whole, byte by byte, in pieces and cut in two at
 * every place, and expects the same outcome each time.
 */
#pragma once

#include "base/buffer.h"
#include "base/memory.h"
#include "http/gate.h"

#include <criterion/criterion.h>

struct outcome {
    struct buffer released;
    int code;
    char detail[DIAG_DETAIL_BYTES];
    uint64_t requests;
    bool idle, in_body;
};

/* Limits that a test may change before it feeds. */
static struct gate_limits limits UNUSED;

enum { CUT_EVERYWHERE_MAX = 700, PIECE = 7 };

static inline void outcome_fini(struct outcome *outcome)
{
    buffer_fini(&outcome->released);
}

/*
 * One read: a buffer just as large as it, so that ASan sees a byte too many;
 * then all that waits, in small bits.
 */
static inline void feed_once(struct gate *gate, const char *at, size_t len,
                             struct buffer *released)
{
    CLEANUP(memory_free) char *bytes = memory_copy(at, len);
    char bit[5];
    size_t n = gate_pass(gate, bytes, len, len, 0);

    cr_assert_leq(n, len);
    buffer_add(released, bytes, n);
    while ((n = gate_pull(gate, bit, sizeof(bit))) > 0)
        buffer_add(released, bit, n);
}

/* `first` bytes, then pieces of `piece`. */
static inline void feed(struct text in, size_t first, size_t piece,
                        struct outcome *ret)
{
    CLEANUP(gate_fini) struct gate gate;
    struct diag diag;
    size_t at = 0, n = first;

    diag_init(&diag, NULL);
    gate_init(&gate, limits.fields ? &limits : &gate_limits_default);
    *ret = (struct outcome){ .code = 0 };
    buffer_init(&ret->released, SIZE_MAX);
    for (; at < in.len; at += n, n = piece) {
        if (n > in.len - at)
            n = in.len - at;
        feed_once(&gate, in.at + at, n, &ret->released);
    }
    ret->code = gate_error(&gate, &diag);
    memcpy(ret->detail, diag.detail, sizeof(ret->detail));
    ret->requests = gate_requests(&gate);
    ret->idle = gate_is_idle(&gate);
    ret->in_body = gate_in_body(&gate);
}

static inline void expect_like(struct text in, const struct outcome *whole,
                               size_t first, size_t piece)
{
    CLEANUP(outcome_fini) struct outcome other;

    feed(in, first, piece, &other);
    cr_assert_eq(other.code, whole->code, "cut at %zu: %d, not %d", first,
                 other.code, whole->code);
    cr_assert_str_eq(other.detail, whole->detail, "cut at %zu", first);
    cr_assert_eq(other.requests, whole->requests, "cut at %zu", first);
    cr_assert_eq(other.idle, whole->idle, "cut at %zu", first);
    cr_assert_eq(other.in_body, whole->in_body, "cut at %zu", first);
    cr_assert(
        text_equal(buffer_text(&other.released), buffer_text(&whole->released)),
        "cut at %zu other bytes are released", first);
}

static inline void feed_all_ways(struct text in, struct outcome *ret)
{
    feed(in, in.len, in.len, ret);
    expect_like(in, ret, 1, 1);
    expect_like(in, ret, PIECE, PIECE);
    if (in.len > CUT_EVERYWHERE_MAX)
        return;
    for (size_t cut = 1; cut < in.len; cut++)
        expect_like(in, ret, cut, in.len);
}

static inline void expect_outcome(struct text in, struct text out, int code,
                                  const char *detail)
{
    CLEANUP(outcome_fini) struct outcome outcome;

    feed_all_ways(in, &outcome);
    cr_expect_eq(outcome.code, -code, "%d, \"%s\"", outcome.code,
                 outcome.detail);
    cr_expect_str_eq(outcome.detail, detail);
    cr_expect(text_equal(buffer_text(&outcome.released), out),
              "released \"%.*s\"", TEXT_ARG(buffer_text(&outcome.released)));
}

/* The arguments are string literals, which may hold NUL bytes. */
#define REWRITES(in, out)       expect_outcome(TEXT(in), TEXT(out), 0, "")
#define PASSES(in)              REWRITES(in, in)
#define REFUSES(in, error, why) expect_outcome(TEXT(in), TEXT(""), error, why)
#define REFUSES_AFTER(sound, bad, error, why) \
    expect_outcome(TEXT(sound bad), TEXT(sound), error, why)

#define HOST "Host: a\r\n"
#define GET  "GET / HTTP/1.1\r\n" HOST

/* One field line in an otherwise sound head. */
#define PASSES_FIELD(line)              PASSES(GET line "\r\n\r\n")
#define REFUSES_FIELD(line, error, why) REFUSES(GET line "\r\n\r\n", error, why)
