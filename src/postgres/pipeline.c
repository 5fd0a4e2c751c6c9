/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "postgres/link.h"

/* --- queueing ------------------------------------------------------------ */

struct call *postgres__submit(struct connection *connection,
                              const struct statement *statement,
                              const struct text *params, unsigned count,
                              unsigned flags)
{
    struct postgres *pg = postgres_of(connection);
    struct query *query = postgres__new_query(pg);

    CHECK(!pg->base.driven);
    query->statement = statement;
    query->flags = flags;
    postgres__copy_params(query, params, count, statement->binary);
    pg->base.outstanding++;
    list_push_back(&pg->queued, &query->link);
    turn_hook_ask(pg->base.loop, &pg->flush);
    return &query->base;
}

void postgres__send_again(struct postgres *pg, struct query *query)
{
    query->base.state = CALL_QUEUED;
    query->base.sent = false;
    query->alone = true;
    list_push_back(&pg->queued, &query->link);
    turn_hook_ask(pg->base.loop, &pg->flush);
}

void postgres__release(struct call *call)
{
    struct query *query = CONTAINER_OF(call, struct query, base);
    struct postgres *pg =
        call->connection ? postgres_of(call->connection) : NULL;

    OBJ_CHECK(call, CALL_MAGIC);
    if (call->state == CALL_SENT) {
        call->abandoned = true;
        call->done = NULL;
        query->statement = NULL;
        return;
    }
    if (call->state == CALL_QUEUED)
        call->connection->outstanding--;
    postgres__recycle(pg, query);
}

/* --- sending ------------------------------------------------------------- */

static void push(struct postgres *pg, enum step_kind kind, struct query *query,
                 int prepared)
{
    unsigned generation =
        prepared >= 0 ? pg->prepared.entries[prepared].generation : 0;

    postgres__push_step(&pg->steps, (struct step){ .kind = kind,
                                                   .query = query,
                                                   .prepared = prepared,
                                                   .generation = generation });
}

/* Parse goes ahead of the first use, in the same write. */
static bool send_named(struct postgres *pg, struct query *query, int index)
{
    struct prepared *prepared = &pg->prepared.entries[index];

    if (!prepared->ready) {
        if (!PQsendPrepare(pg->link, prepared->name, query->statement->sql, 0,
                           NULL))
            return false;
        prepared->ready = true;
        push(pg, STEP_PREPARE, query, index);
    }
    push(pg, STEP_QUERY, query, index);
    return PQsendQueryPrepared(pg->link, prepared->name, query->count,
                               query->values, query->lengths, query->formats,
                               0);
}

static bool send_unnamed(struct postgres *pg, struct query *query)
{
    push(pg, STEP_QUERY, query, -1);
    return PQsendQueryParams(pg->link, query->statement->sql, query->count,
                             NULL, query->values, query->lengths,
                             query->formats, 0);
}

static bool send_query(struct postgres *pg, struct query *query)
{
    const struct statement *statement = query->statement;
    int index = statement->planned_anew
                    ? -1
                    : prepared_find(&pg->prepared, statement_key(statement),
                                    statement->name);

    list_remove(&query->link);
    query->base.state = CALL_SENT;
    query->base.sent = true;
    query->base.sent_ns = loop_now_ns(pg->base.loop);
    return index >= 0 ? send_named(pg, query, index) : send_unnamed(pg, query);
}

/* libpq writes to the socket here, as far as that is possible. */
static bool send_sync(struct postgres *pg)
{
    push(pg, STEP_SYNC, NULL, -1);
    return PQpipelineSync(pg->link);
}

static bool send_queued(struct postgres *pg)
{
    struct query *query;
    bool synced = true;

    while ((query = list_first(&pg->queued, struct query, link)) != NULL) {
        bool alone = query->alone;

        if (alone && !synced && !send_sync(pg))
            return false;
        if (!send_query(pg, query))
            return false;
        synced = alone;
        if (alone && !send_sync(pg))
            return false;
    }
    return synced || send_sync(pg);
}

/* The hook at the end of the turn. */
void postgres__flush(void *arg)
{
    struct postgres *pg = arg;
    int left;

    if (pg->base.dead) {
        postgres__fail_queued(pg);
        return;
    }
    if (pg->base.driven)
        return;
    left = send_queued(pg) ? PQflush(pg->link) : -1;
    if (left < 0)
        postgres__lose(pg, NULL);
    else
        watch_change(pg->watch, left ? WATCH_READ | WATCH_WRITE : WATCH_READ);
}
