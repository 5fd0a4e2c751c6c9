/* SPDX-License-Identifier: MIT */
/*
 * Room only: lists that several ask for at the same time. What one of them
 * reads answers all who asked for the same before its statement left; those
 * who come later gather, and one of them reads for all when it is done.
 * Whoever asks alone waits for nobody.
 */
#pragma once

#include "base/bytes.h"
#include "runtime/fiber.h"
#include "store/listing.h"

struct list_share;

struct list_answer {
    struct bytes *body;
    struct page page;
};

/* Fills the answer, which is empty, and owns nothing of it afterwards. */
typedef int list_read_fn(void *arg, struct list_answer *ret_answer);

struct list_reader {
    list_read_fn *read; /* YIELDS */
    void *arg;
    struct arena *arena; /* where the page's texts are to live */
    const char *name;    /* metric label, static: "bills_list" */
    struct deadline until;
    struct diag *diag; /* of what it reads as well; may be NULL */
};

/* Puts a copy in its place; false: the arena is full. */
bool list_keep_text(struct arena *arena, struct text *text) MUST_CHECK;

/* For one loop. */
struct list_share *list_share_new(struct loop *loop) MUST_CHECK;

/* Nobody may be waiting any more. NULL is taken. */
void list_share_free(struct list_share **share);

/*
 * The answer of read(arg) or, to an equal key, of another's that began after
 * this call. Who reads the same under another visibility needs another key.
 * The caller ends it by bytes_unref() of the body.
 *
 * An error is that of all who wait for it, but for the reader's own: with
 * -ERR_DEADLINE or -ERR_CANCELLED it leaves the reading to the next of them.
 */
YIELDS int list_share_get(struct list_share *share, struct text key,
                          const struct list_reader *reader,
                          struct list_answer *ret_answer) MUST_CHECK;

struct list_share_stats {
    uint64_t requests, reads; /* requests − reads were shared */
};

void list_share_stats(const struct list_share *share,
                      struct list_share_stats *ret_stats);
