/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a client's stream, in one read and cut into many: both must
 * have the same outcome, and a second, naive reader must find nothing but
 * plain and whole requests in what goes on.
 */
#include "base/buffer.h"
#include "base/check.h"
#include "base/memory.h"
#include "http/gate.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_BYTES = 512, READ_MAX = 64, HELD_MAX = 1024 };

/* Small, so that short inputs meet them. */
static uint64_t body_limit(void *arg UNUSED, struct text method,
                           struct text target)
{
    CHECK(method.len >= 3 && method.len <= 7);
    CHECK(target.at[0] == '/' || text_is(target, "*"));
    return target.len % 2 ? 40 : 400;
}

static const struct gate_limits limits = {
    .head_bytes = HEAD_BYTES,
    .target_bytes = 100,
    .fields = 8,
    .body_bytes_per_s = 16,
    .body_bytes = 100,
    .head_ns = 10,
    .body_ns = 10,
    .body_limit = body_limit,
};

/* --- the naive reader ---------------------------------------------------- */

/* Cuts off a line that ends in CRLF and holds no other control byte. */
static struct text cut_line(struct text *rest)
{
    const char *lf = memchr(rest->at, '\n', rest->len);
    struct text line;

    CHECK(lf != NULL && lf > rest->at && lf[-1] == '\r');
    line = text_from(rest->at, (size_t)(lf - rest->at) - 1);
    *rest = text_skip(*rest, line.len + 2);
    for (size_t i = 0; i < line.len; i++) {
        CHECK((unsigned char)line.at[i] >= ' ' || line.at[i] == '\t');
        CHECK(line.at[i] != 0x7f);
    }
    return line;
}

static void check_request_line(struct text line)
{
    struct text method, target;

    CHECK(text_cut(&line, ' ', &method) && text_cut(&line, ' ', &target));
    CHECK(text_is(line, "HTTP/1.0") || text_is(line, "HTTP/1.1"));
    CHECK(target.len > 0 && target.len <= limits.target_bytes);
    CHECK(target.at[0] == '/' || text_is(target, "*"));
    for (size_t i = 0; i < target.len; i++)
        CHECK(target.at[i] > ' ' && target.at[i] < 0x7f);
}

static void cut_bytes(struct text *rest, uint64_t bytes)
{
    *rest = text_skip(*rest, bytes < rest->len ? (size_t)bytes : rest->len);
}

/* The bytes may end wherever a unit does, or in the data. */
static void cut_chunks(struct text *rest)
{
    char size[20] = "", *end;
    struct text line;
    uint64_t bytes;

    while (rest->len > 0) {
        line = cut_line(rest);
        CHECK(line.len >= 1 && line.len < sizeof(size));
        memcpy(size, line.at, line.len);
        size[line.len] = '\0';
        bytes = strtoull(size, &end, 16);
        CHECK(*end == '\0' && (bytes > 0 || line.len == 1));
        if (rest->len <= bytes && bytes > 0) {
            *rest = text_skip(*rest, rest->len);
            return;
        }
        cut_bytes(rest, bytes);
        CHECK(cut_line(rest).len == 0);
        if (bytes == 0)
            return;
    }
}

struct framing {
    unsigned lengths, codings, hosts, fields;
    int64_t length;
};

static void read_field(struct framing *framing, struct text line)
{
    struct text name, value = line;

    CHECK(text_cut(&value, ':', &name) && value.at != NULL);
    CHECK(name.len > 0 && text_find(name, ' ') < 0);
    framing->fields++;
    value = text_trim(value);
    if (text_equal_nocase(name, TEXT("content-length"))) {
        framing->lengths++;
        CHECK(text_to_int64(value, &framing->length) && framing->length >= 0);
    } else if (text_equal_nocase(name, TEXT("transfer-encoding"))) {
        framing->codings++;
        CHECK(text_equal_nocase(value, TEXT("chunked")));
    } else if (text_equal_nocase(name, TEXT("host"))) {
        framing->hosts++;
        CHECK(text_find(value, ' ') < 0 && text_find(value, '/') < 0);
    }
}

static void cut_request(struct text *rest)
{
    struct framing framing = { 0 };
    struct text line = cut_line(rest);
    bool old = text_ends_with(line, "0");

    check_request_line(line);
    while ((line = cut_line(rest)).len > 0)
        read_field(&framing, line);
    CHECK(framing.lengths + framing.codings <= 1);
    CHECK(framing.hosts == 1 || (old && framing.hosts == 0));
    CHECK(!old || framing.codings == 0);
    CHECK(framing.fields <= limits.fields);
    if (framing.codings)
        cut_chunks(rest);
    else
        cut_bytes(rest, (uint64_t)framing.length);
}

/* --- feeding ------------------------------------------------------------- */

struct outcome {
    struct buffer released;
    int code;
    char detail[DIAG_DETAIL_BYTES];
    uint64_t requests;
    bool idle, in_body;
};

static void feed_once(struct gate *gate, struct text piece, size_t room,
                      struct buffer *released)
{
    CLEANUP(memory_free) char *bytes = memory_new(room);
    size_t n;

    memcpy(bytes, piece.at, piece.len);
    n = gate_pass(gate, bytes, piece.len, room, 0);
    CHECK(n <= room);
    if (n > 0)
        buffer_add(released, bytes, n);
    while ((n = gate_pull(gate, bytes, room)) > 0)
        buffer_add(released, bytes, n);
    CHECK((gate->held.at != NULL) == (gate->held.len > 0));
}

static void finish(struct gate *gate, struct outcome *ret)
{
    struct diag diag;

    diag_init(&diag, NULL);
    ret->code = gate_error(gate, &diag);
    memcpy(ret->detail, diag.detail, sizeof(ret->detail));
    ret->requests = gate_requests(gate);
    ret->idle = gate_is_idle(gate);
    ret->in_body = gate_in_body(gate);
    CHECK((ret->code == 0) == (ret->detail[0] == '\0'));
    CHECK((gate_deadline_ns(gate) == UINT64_MAX) == (ret->idle || ret->code));
    CHECK(!ret->idle || gate->held.at == NULL);
    CHECK(ret->code == 0 || gate->held.at == NULL);
    CHECK(gate_expire(gate, 1000) == (!ret->idle && !ret->code));
}

static void feed_whole(struct text in, struct outcome *ret)
{
    CLEANUP(gate_fini) struct gate gate;

    gate_init(&gate, &limits);
    feed_once(&gate, in, in.len, &ret->released);
    finish(&gate, ret);
}

/* Cut where the bytes themselves say, into reads of 1 to READ_MAX. */
static void feed_pieces(struct text in, struct outcome *ret)
{
    CLEANUP(gate_fini) struct gate gate;
    unsigned seed = 1;

    gate_init(&gate, &limits);
    for (size_t at = 0, n; at < in.len; at += n) {
        seed = seed * 31 + (unsigned char)in.at[at];
        n = 1 + seed / 7 % (seed % 3 ? 4 : READ_MAX);
        if (n > in.len - at)
            n = in.len - at;
        feed_once(&gate, text_from(in.at + at, n), n + seed % 5,
                  &ret->released);
        CHECK(gate.held.capacity <= HELD_MAX);
    }
    finish(&gate, ret);
}

static void compare(const struct outcome *a, const struct outcome *b)
{
    CHECK(a->code == b->code);
    CHECK(strcmp(a->detail, b->detail) == 0);
    CHECK(a->requests == b->requests);
    CHECK(a->idle == b->idle && a->in_body == b->in_body);
    CHECK(text_equal(buffer_text(&a->released), buffer_text(&b->released)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = { .code = 0 }, pieces = { .code = 0 };
    struct text in = text_from((const char *)data, size), rest;
    uint64_t requests = 0;

    if (size == 0)
        return 0;
    buffer_init(&whole.released, SIZE_MAX);
    buffer_init(&pieces.released, SIZE_MAX);
    feed_whole(in, &whole);
    feed_pieces(in, &pieces);
    compare(&whole, &pieces);
    CHECK(whole.released.len <= size);
    rest = buffer_text(&whole.released);
    for (; rest.len > 0; requests++)
        cut_request(&rest);
    CHECK(requests == whole.requests);
    buffer_fini(&whole.released);
    buffer_fini(&pieces.released);
    return 0;
}
