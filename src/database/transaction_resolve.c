/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/transaction_impl.h"

#include <stdio.h>

enum { ASK_AGAIN_MS = 20, WORD_BYTES = 16 };

/* The answer is a word; "" for NULL. */
static YIELDS int ask(struct transaction *t, const struct statement *statement,
                      const char *about, char ret_word[static WORD_BYTES])
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct text param = text_of(about);
    int r =
        pool_read(t->pool, NULL, statement, &param, 1, t->until, &rows, NULL);

    if (r == 0)
        snprintf(ret_word, WORD_BYTES, "%.*s", TEXT_ARG(rows_get(rows, 0, 0)));
    return r;
}

/* Before another look; false when there is no time for one. */
static YIELDS bool rest(struct transaction *t)
{
    struct loop *loop = pool_loop(t->pool);
    struct deadline until = deadline_after(loop_now_ns(loop), ASK_AGAIN_MS);

    return fiber_sleep(deadline_earlier(t->until, until)) == 0 &&
           loop_now_ns(loop) < t->until.at_ns;
}

/*
 * It may wait for what never comes, and not know that we have left. Half of the
 * time is its own, for COMMIT may take long; the rest is for another attempt.
 */
static YIELDS void hasten(struct transaction *t, struct deadline patience)
{
    char unused[WORD_BYTES];

    if (t->session[0] && loop_now_ns(pool_loop(t->pool)) >= patience.at_ns &&
        ask(t, &pool_driver(t->pool)->dialect->session_end, t->session,
            unused) < 0)
        return;
}

static struct deadline half_of(const struct transaction *t)
{
    uint64_t now_ns = loop_now_ns(pool_loop(t->pool));

    return (struct deadline){ now_ns + deadline_left_ns(t->until, now_ns) / 2 };
}

/* A database that restarts may not take questions for a while. */
static YIELDS int find_status(struct transaction *t)
{
    const struct dialect *dialect = pool_driver(t->pool)->dialect;
    struct deadline patience = half_of(t);
    char status[WORD_BYTES];

    do {
        if (ask(t, &dialect->transaction_status, t->transaction_id, status) < 0)
            continue;
        if (strcmp(status, "committed") == 0)
            return 0;
        if (strcmp(status, "aborted") == 0)
            return -ERR_LINK_LOST;
        if (strcmp(status, "in progress") != 0)
            break;
        hasten(t, patience);
    } while (rest(t));
    return -ERR_OUTCOME_UNKNOWN;
}

/*
 * COMMIT may still be on its way to a session that knows nothing of our going:
 * only when that has ended nothing can happen any more.
 */
static YIELDS int end_session(struct transaction *t)
{
    const struct dialect *dialect = pool_driver(t->pool)->dialect;
    char word[WORD_BYTES] = "?";

    if (!t->session[0])
        return -ERR_OUTCOME_UNKNOWN;
    do {
        if (ask(t, &dialect->session_end, t->session, word) < 0)
            continue;
        if (strcmp(word, "ended") == 0)
            return 0;
    } while (word[0] && rest(t));
    return -ERR_OUTCOME_UNKNOWN;
}

static YIELDS int recall(struct transaction *t, struct rows **ret_rows,
                         struct diag *why)
{
    const struct recall *recall = t->options->recall;
    int r = recall ? end_session(t) : -ERR_OUTCOME_UNKNOWN;

    if (r < 0)
        return r;
    do {
        diag_clear(why);
        r = recall->fn(recall->arg, t->pool, t->until, ret_rows, why);
        if (r == -ERR_NOT_FOUND)
            return -ERR_LINK_LOST;
    } while (r < 0 && r != -ERR_OUTCOME_UNKNOWN && rest(t));
    return r == 0 ? 0 : -ERR_OUTCOME_UNKNOWN;
}

/* Behind its COMMIT, which is all that is asked of a position. */
static YIELDS void find_position(struct transaction *t)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;

    if (pool_read(t->pool, NULL, &pool_driver(t->pool)->dialect->log_position,
                  NULL, 0, t->until, &rows, NULL) == 0)
        transaction__note_position(t, rows);
}

int transaction__resolve(struct transaction *t, struct rows **ret_rows,
                         struct diag *why)
{
    int r = t->transaction_id[0] ? find_status(t) : recall(t, ret_rows, why);

    if (r == 0)
        find_position(t);
    return r;
}
