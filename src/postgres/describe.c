/* SPDX-License-Identifier: MIT */
#include "base/memory.h"
#include "postgres/link.h"

/* So many leave in one write; their answers fit any socket's buffers. */
enum { AT_ONCE = 64 };

/* The good answers to each. */
enum { PREPARED, DESCRIBED };

#define TYPE(oid, name) { oid, name },
static const struct {
    Oid oid;
    const char *name;
} types[] = {
#include "postgres/type_names.def"
};
#undef TYPE

static const char *type_name(Oid oid)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i].oid == oid)
            return types[i].name;
    return "another type";
}

struct describing {
    struct postgres *pg;
    const struct statement *const *statements;
    description_fn *fn;
    void *arg;
    struct deadline until;
    struct diag *diag;
};

/* --- telling ---------------------------------------------------------------
 */

static void tell(const struct describing *d, unsigned index,
                 const PGresult *result)
{
    unsigned parameters = (unsigned)PQnparams(result);
    unsigned columns = (unsigned)PQnfields(result);
    struct described *all =
        memory_new_array(parameters + columns + 1, sizeof(struct described));
    struct description told = { .index = index,
                                .parameter_count = parameters,
                                .column_count = columns,
                                .parameters = all,
                                .columns = all + parameters };

    for (unsigned i = 0; i < parameters; i++)
        all[i] =
            (struct described){ type_name(PQparamtype(result, (int)i)), "" };
    for (unsigned i = 0; i < columns; i++)
        all[parameters + i] =
            (struct described){ type_name(PQftype(result, (int)i)),
                                PQfname(result, (int)i) };
    d->fn(&told, d->arg);
    memory_free(&all);
}

static void tell_failure(const struct describing *d, unsigned index,
                         const PGresult *result)
{
    struct failure failure = { 0 };
    struct description told = { .index = index, .failure = &failure };

    failure_from_result(&failure, result);
    d->fn(&told, d->arg);
}

/* --- asking ----------------------------------------------------------------
 */

/* Each behind a sync of its own, so that a bad one is alone with its fault. */
static bool send_one(struct postgres *pg, const struct statement *statement)
{
    return PQsendPrepare(pg->link, "", statement->sql, 0, NULL) == 1 &&
           PQsendDescribePrepared(pg->link, "") == 1 &&
           PQpipelineSync(pg->link) == 1;
}

/*
 * The answers of one statement, up to its sync. Between them libpq gives a
 * NULL at the end of each command.
 */
static YIELDS int take_one(const struct describing *d, unsigned index)
{
    unsigned good = 0, bad = 0;

    for (;;) {
        PGresult *result = NULL;
        ExecStatusType status;
        int r = postgres__drive_result(d->pg, d->until, &result, d->diag);

        if (r < 0)
            return r;
        status = result ? PQresultStatus(result) : PGRES_COMMAND_OK;
        if (status == PGRES_FATAL_ERROR && bad++ == 0)
            tell_failure(d, index, result);
        if (result && status == PGRES_COMMAND_OK && good++ == DESCRIBED)
            tell(d, index, result);
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            return 0;
        if (PQstatus(d->pg->link) == CONNECTION_BAD)
            return FAIL(d->diag, ERR_LINK_LOST,
                        "the connection to the database was lost");
    }
}

static YIELDS int describe_some(const struct describing *d, unsigned first,
                                unsigned end)
{
    int r = 0;

    for (unsigned i = first; i < end; i++)
        if (!send_one(d->pg, d->statements[i]))
            return FAIL(d->diag, ERR_LINK_LOST,
                        "the connection to the database was lost");
    r = postgres__drive_out(d->pg, d->until, d->diag);
    for (unsigned i = first; r == 0 && i < end; i++)
        r = take_one(d, i);
    return r;
}

int postgres__describe(struct connection *connection,
                       const struct statement *const *statements,
                       unsigned count, description_fn *fn, void *arg,
                       struct deadline until, struct diag *diag)
{
    struct describing d = { .pg = postgres_of(connection),
                            .statements = statements,
                            .fn = fn,
                            .arg = arg,
                            .until = until,
                            .diag = diag };
    int r = postgres__drive_begin(d.pg, until, diag);

    if (r < 0)
        return r;
    if (!PQenterPipelineMode(d.pg->link))
        r = FAIL(diag, ERR_INTERNAL, "no pipeline could be begun");
    for (unsigned i = 0; r == 0 && i < count; i += AT_ONCE)
        r = describe_some(&d, i, i + AT_ONCE < count ? i + AT_ONCE : count);
    if (r < 0 || !PQexitPipelineMode(d.pg->link))
        postgres__cut(&d.pg->base);
    postgres__drive_end(d.pg);
    return r;
}
