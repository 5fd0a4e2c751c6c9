/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "postgres/link.h"

#include <stdio.h>

/* --- queueing ------------------------------------------------------------ */

struct call *postgres__submit(struct connection *connection,
                              const struct scope *scope,
                              const struct statement *statement,
                              const struct text *params, unsigned count,
                              unsigned flags)
{
    struct postgres *pg = postgres_of(connection);
    struct query *query = postgres__new_query(pg);

    CHECK(!pg->base.driven);
    query->statement = statement;
    query->flags = flags;
    scope_keep(&query->scope, scope);
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
    if (call->state == CALL_QUEUED) {
        list_remove(&call->line);
        call->connection->outstanding--;
    }
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

/* A statement with its parameters, as libpq wants them. */
struct message {
    enum step_kind kind;
    struct query *query; /* it is for this one */
    const struct statement *statement;
    int count;
    const char *const *values;
    const int *lengths, *formats; /* NULL: all are text */
};

/* Parse goes ahead of the first use, in the same write. */
static bool send_named(struct postgres *pg, const struct message *m, int index)
{
    struct prepared *prepared = &pg->prepared.entries[index];

    if (!prepared->ready) {
        if (!PQsendPrepare(pg->link, prepared->name, m->statement->sql, 0,
                           NULL))
            return false;
        prepared->ready = true;
        push(pg, STEP_PREPARE, m->query, index);
    }
    push(pg, m->kind, m->query, index);
    return PQsendQueryPrepared(pg->link, prepared->name, m->count, m->values,
                               m->lengths, m->formats, 0);
}

static bool send_unnamed(struct postgres *pg, const struct message *m)
{
    push(pg, m->kind, m->query, -1);
    return PQsendQueryParams(pg->link, m->statement->sql, m->count, NULL,
                             m->values, m->lengths, m->formats, 0);
}

/*
 * In order with all else: what was sent before finds its statements, what is
 * sent behind prepares them anew. Where the server skips it, it keeps what
 * nobody asks for until the next time.
 */
static bool forget_all(struct postgres *pg)
{
    prepared_forget(&pg->prepared);
    push(pg, STEP_FORGET, NULL, -1);
    return PQsendQueryParams(pg->link, "DEALLOCATE ALL", 0, NULL, NULL, NULL,
                             NULL, 0);
}

static bool send_message(struct postgres *pg, const struct message *m)
{
    uint64_t key = statement_key(m->statement);
    const char *label = m->statement->name;
    int index;

    if (m->statement->planned_anew || pg->pooled)
        return send_unnamed(pg, m);
    index = prepared_find(&pg->prepared, key, label);
    if (index < 0) {
        if (!forget_all(pg))
            return false;
        index = prepared_find(&pg->prepared, key, label);
    }
    return send_named(pg, m, index);
}

static bool send_query(struct postgres *pg, struct query *query)
{
    const struct message message = {
        .kind = STEP_QUERY,
        .query = query,
        .statement = query->statement,
        .count = query->count,
        .values = query->values,
        .lengths = query->lengths,
        .formats = query->formats,
    };

    list_remove(&query->link);
    query->base.state = CALL_SENT;
    query->base.sent = true;
    query->base.sent_ns = loop_now_ns(pg->base.loop);
    return send_message(pg, &message);
}

/* --- segments ------------------------------------------------------------ */

/*
 * What lies between two syncs is one transaction for the server, unless it
 * says BEGIN: a scope's settings hold until the sync, or until an error makes
 * the server skip the rest.
 */
struct segment {
    bool open;                 /* something was sent, and no sync behind it */
    const struct scope *scope; /* of the last query; NULL: nobody's */
    unsigned limit_ms;         /* of a statement; 0: the session's */
};

/* libpq writes to the socket here, as far as that is possible. */
static bool end_segment(struct postgres *pg, struct segment *segment)
{
    if (!segment->open)
        return true;
    *segment = (struct segment){ .open = false };
    push(pg, STEP_SYNC, NULL, -1);
    return PQpipelineSync(pg->link);
}

/* A session of its own has its limit for ever; one that is lent has none. */
static void add_limit(const struct postgres *pg, struct message *m,
                      const char **values, char *limit, size_t bytes)
{
    if (!pg->pooled || pg->base.statement_timeout_ms == 0)
        return;
    snprintf(limit, bytes, "%u", pg->base.statement_timeout_ms);
    values[m->count++] = pg->base.driver->dialect->statement_timeout;
    values[m->count++] = limit;
}

static bool send_settings(struct postgres *pg, struct query *query)
{
    const struct scope *scope = &query->scope.scope;
    const char *values[2 * (SCOPE_SETTINGS_MAX + 1)];
    char limit[16];
    struct message message = { .kind = STEP_SCOPE,
                               .query = query,
                               .values = values };

    for (unsigned i = 0; i < scope->count; i++) {
        values[message.count++] = scope->settings[i].name;
        values[message.count++] = scope->settings[i].value.at;
    }
    add_limit(pg, &message, values, limit, sizeof(limit));
    message.statement = &pg->base.driver->dialect->settings[message.count / 2];
    return send_message(pg, &message);
}

/* No setting of another scope may be left: only a sync takes one back. */
static bool enter_scope(struct postgres *pg, struct query *query,
                        struct segment *segment)
{
    const struct scope *scope = &query->scope.scope;

    if (scope_equal(segment->scope, scope))
        return true;
    if (segment->scope && !scope_same_names(segment->scope, scope) &&
        !end_segment(pg, segment))
        return false;
    segment->scope = scope->count > 0 ? scope : NULL;
    return scope->count == 0 || send_settings(pg, query);
}

/* It holds for what follows in the segment, too: rather long than short. */
static bool allow_time(struct postgres *pg, struct query *query,
                       struct segment *segment)
{
    const struct dialect *dialect = pg->base.driver->dialect;
    unsigned limit_ms = query->base.limit_ms;
    char text[16];
    const char *values[] = { dialect->statement_timeout, text };
    const struct message message = {
        .kind = STEP_SCOPE,
        .query = query,
        .statement = &dialect->settings[1],
        .count = 2,
        .values = values,
    };

    if (limit_ms <= segment->limit_ms)
        return true;
    segment->limit_ms = limit_ms;
    snprintf(text, sizeof(text), "%u", limit_ms);
    return send_message(pg, &message);
}

static bool send_in_segment(struct postgres *pg, struct query *query,
                            struct segment *segment)
{
    bool alone = query->alone;

    if (alone && !end_segment(pg, segment))
        return false;
    if (!enter_scope(pg, query, segment) || !allow_time(pg, query, segment))
        return false;
    segment->open = true;
    if (!send_query(pg, query))
        return false;
    return !alone || end_segment(pg, segment);
}

static bool send_queued(struct postgres *pg)
{
    struct segment segment = { .open = false };
    struct query *query;

    while ((query = list_first(&pg->queued, struct query, link)) != NULL)
        if (!send_in_segment(pg, query, &segment))
            return false;
    return end_segment(pg, &segment);
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
