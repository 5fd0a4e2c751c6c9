/* SPDX-License-Identifier: MIT */
/*
 * What Redis answers, taken out of RESP2: a tree of our own, within limits, as
 * a peer that went mad must not cost more than its connection.
 */
#pragma once

#include "base/bytes.h"

enum redis_kind {
    REDIS_NIL,
    REDIS_INTEGER,
    REDIS_TEXT,
    REDIS_STATUS, /* "+OK" */
    REDIS_ERROR,  /* "-NOSCRIPT …": the text is all of it */
    REDIS_LIST,
};

enum {
    REDIS_DEPTH_MAX = 4,             /* lists in lists */
    REDIS_ITEMS_MAX = 4096,          /* of one list */
    REDIS_REPLY_BYTES_MAX = 8 << 20, /* what may wait for its end */
};

struct redis_reply {
    enum redis_kind kind;
    int64_t integer;     /* of REDIS_INTEGER */
    struct text text;    /* of REDIS_TEXT, _STATUS, _ERROR; NUL-terminated */
    struct bytes *bytes; /* which hold it */
    unsigned count;      /* of REDIS_LIST */
    struct redis_reply *items;
};

/* Frees a tree; NULL is taken. */
void redis_reply_free(struct redis_reply **reply);

/* The item's text; TEXT_NULL where there is none, or it has none. */
struct text redis_reply_text(const struct redis_reply *list, unsigned item);

/* The bytes of its text, a copy, which is the caller's from now on; NULL where
 * there is none. The answer has no text any more. */
struct bytes *redis_reply_take(struct redis_reply *reply) MUST_CHECK;

/* Of an item; 0 where there is none, or it is no integer. */
int64_t redis_reply_integer(const struct redis_reply *list, unsigned item);

/* Is it an error that begins with this word: "NOSCRIPT"? */
bool redis_reply_is_error(const struct redis_reply *reply, const char *word);

/* --- room only: out of a stream ------------------------------------------- */

struct reply_reader;

struct reply_reader *reply_reader_new(void) MUST_CHECK;
void reply_reader_free(struct reply_reader **reader);

/*
 * Takes bytes in. False when they are no RESP or pass a limit: the connection
 * is of no use any more.
 */
bool reply_reader_feed(struct reply_reader *reader, struct text bytes)
    MUST_CHECK;

/* The next whole answer, the caller's, or NULL; false as above. */
bool reply_reader_next(struct reply_reader *reader,
                       struct redis_reply **ret_reply) MUST_CHECK;
