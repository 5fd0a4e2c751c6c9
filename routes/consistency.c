/* SPDX-License-Identifier: MIT */
#include "routes/consistency.h"

#include "routes/service.h"

#include <inttypes.h>
#include <stdio.h>

#define CONSISTENCY "Consistency"
#define TOKEN       "Consistency-Token"
#define EXPLAIN     "Cache-Explain"

enum {
    POINT_BYTES = 8 + 16, /* in hexadecimal */
    TOKEN_BYTES_MAX = 256,
    AGE_BYTES = 24,
    MAX_AGE_MS_MAX = 24 * 60 * 60 * 1000,
};

/* --- tokens --------------------------------------------------------------- */

static void write_point(const struct log_point *point,
                        char ret_text[static POINT_BYTES + 1])
{
    snprintf(ret_text, POINT_BYTES + 1, "%08" PRIx32 "%016" PRIx64,
             point->timeline, point->position);
}

static bool read_hex(struct text t, uint64_t *ret)
{
    static const char digits[] = "0123456789abcdef";

    *ret = 0;
    for (size_t i = 0; i < t.len; i++) {
        const char *digit = memchr(digits, t.at[i], 16);

        if (!digit)
            return false;
        *ret = *ret << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

static bool read_point(struct text payload, struct log_point *ret)
{
    uint64_t timeline, position;

    if (payload.len != POINT_BYTES ||
        !read_hex(text_from(payload.at, 8), &timeline) ||
        !read_hex(text_skip(payload, 8), &position))
        return false;
    *ret = (struct log_point){ position, (uint32_t)timeline };
    return true;
}

static int read_token(struct request *request, struct log_point *ret)
{
    const struct process *process = service_of(request)->process;
    struct text token = request_header(request, TOKEN), payload;

    if (text_is_null(token))
        return 0;
    if (request_header_count(request, TOKEN) != 1 ||
        token.len > TOKEN_BYTES_MAX ||
        !mac_open(&process->token_key, token, &request->arena, &payload) ||
        !read_point(payload, ret))
        return REQUEST_FAIL(request, ERR_INVALID_TOKEN,
                            "the consistency token is none of ours");
    return 0;
}

/* --- Consistency ---------------------------------------------------------- */

/* `;` and what may stand around it in a structured field; false: no `;`. */
static bool skip_semicolon(struct text *t)
{
    if (!text_starts_with(*t, ";"))
        return false;
    *t = text_skip(*t, 1);
    while (text_starts_with(*t, " "))
        *t = text_skip(*t, 1);
    return true;
}

static bool skip_word(struct text *t, const char *word)
{
    if (!text_starts_with(*t, word))
        return false;
    *t = text_skip(*t, strlen(word));
    return true;
}

static bool read_max_age(struct text t, unsigned *ret_ms)
{
    int64_t ms;

    if (t.len == 0 || t.at[0] == '-' || t.at[0] == '+' ||
        !text_to_int64(t, &ms) || ms > MAX_AGE_MS_MAX)
        return false;
    *ret_ms = (unsigned)ms;
    return true;
}

static bool read_level(struct text t, struct consistency *ret)
{
    if (text_is(t, "any")) {
        ret->level = CONSISTENCY_ANY;
        return true;
    }
    ret->level = CONSISTENCY_BOUNDED;
    return skip_word(&t, "bounded") && skip_semicolon(&t) &&
           skip_word(&t, "max-age=") && read_max_age(t, &ret->max_age_ms);
}

static int read_consistency(struct request *request, struct consistency *ret)
{
    struct text given = request_header(request, CONSISTENCY);

    if (text_is_null(given))
        return 0;
    if (request_header_count(request, CONSISTENCY) != 1 ||
        !read_level(given, ret))
        return REQUEST_FAIL(request, ERR_INVALID_HEADER,
                            CONSISTENCY " must be `any`, or `bounded; "
                                        "max-age=` and milliseconds up to %d",
                            MAX_AGE_MS_MAX);
    return 0;
}

/* A true Boolean of RFC 8941; whatever else there is asks for nothing. */
static int read_explain(struct request *request, struct trail *trail)
{
    if (!text_is(request_header(request, EXPLAIN), "?1"))
        return 0;
    trail->story = ARENA_NEW(&request->arena, struct cache_story);
    if (!trail->story)
        return request_no_room(request);
    snprintf(trail->story->members, CACHE_STORY_BYTES,
             "; fwd=bypass; detail=\"no cache is asked on this path\"");
    return 0;
}

int consistency_read(struct request *request)
{
    struct notes *notes = ARENA_NEW(&request->arena, struct notes);
    int r;

    if (!notes)
        return request_no_room(request);
    *notes = (struct notes){ .consistency.level = CONSISTENCY_FRESH };
    request->notes = notes;
    r = read_consistency(request, &notes->consistency);
    if (r == 0)
        r = read_explain(request, &notes->trail);
    return r < 0 ? r : read_token(request, &notes->consistency.at_least);
}

/* --- telling -------------------------------------------------------------- */

static void tell_token(struct request *request, struct reply *reply,
                       const struct log_point *point)
{
    CLEANUP(buffer_fini) struct buffer token = { 0 };
    char payload[POINT_BYTES + 1];
    const char *value;

    buffer_init(&token, TOKEN_BYTES_MAX);
    write_point(point, payload);
    mac_seal(&service_of(request)->process->token_key, text_of(payload),
             &token);
    value = arena_copy(&request->arena, buffer_text(&token));
    if (value)
        reply_header(reply, TOKEN, value);
}

static void tell_age(struct request *request, struct reply *reply,
                     uint64_t age_ms)
{
    char *room = arena_take(&request->arena, AGE_BYTES);
    struct buffer age;

    if (!room)
        return;
    buffer_init_on(&age, room, AGE_BYTES);
    buffer_add_int(&age, (int64_t)(age_ms / 1000));
    buffer_add_byte(&age, '\0');
    reply_header(reply, "Age", room);
}

/* The database was asked, as `any` has it, and failed. */
static const char *stale_status(struct request *request,
                                const struct provenance *provenance)
{
    return arena_format(&request->arena,
                        "portcullis; fwd=stale; fwd-status=%d; detail=%s",
                        error_info(provenance->instead_of)->status,
                        provenance->from == FROM_NEAR ? "near" : "redis");
}

/* RFC 9211: which cache it came from, or why from none. */
static void tell_cache(struct request *request, struct reply *reply,
                       const struct trail *trail)
{
    static const char *const fields[] = {
        [FROM_NO_CACHE] = NULL,
        [FROM_NEAR] = "portcullis; hit; detail=near",
        [FROM_REDIS] = "portcullis; hit; detail=redis",
        [FROM_DATABASE] = "portcullis; fwd=miss",
    };
    const char *value = trail->provenance.stored
                            ? "portcullis; fwd=miss; stored"
                            : fields[trail->provenance.from];

    if (trail->provenance.instead_of)
        value = stale_status(request, &trail->provenance);
    if (trail->story)
        value = arena_format(&request->arena, "%s%s", value ?: "portcullis",
                             trail->story->members);
    if (value)
        reply_header(reply, "Cache-Status", value);
}

static uint64_t age_of(const struct trail *trail)
{
    uint64_t remembered_ms = trail->provenance.age_ns / NS_PER_MS;

    return remembered_ms > trail->age_ms ? remembered_ms : trail->age_ms;
}

void consistency_tell(struct request *request, struct reply *reply)
{
    const struct notes *notes = request->notes;
    bool reads =
        request->method == METHOD_GET || request->method == METHOD_HEAD;

    if (!notes)
        return;
    if (!reads && notes->trail.written.position > 0 && reply->status < 300)
        tell_token(request, reply, &notes->trail.written);
    if (!reads)
        return;
    tell_cache(request, reply, &notes->trail);
    if (notes->consistency.level > CONSISTENCY_FRESH ||
        notes->trail.provenance.from == FROM_NEAR ||
        notes->trail.provenance.from == FROM_REDIS)
        tell_age(request, reply, age_of(&notes->trail));
}
