/* SPDX-License-Identifier: MIT */
#include "store/constraint.h"
#include "store/scope.h"
#include "store/write.h"

/* A new object on its way. */
struct creation {
    struct entry *entry;
    char id[UUID_TEXT_BYTES];
    struct text params[WRITE_PARAMS_MAX];
    struct writing writing;
};

static void creation_init(struct creation *c, struct uuid id,
                          const struct values *values,
                          const struct actor *actor)
{
    uuid_format(id, c->id);
    c->params[WRITE_ID] = text_of(c->id);
    c->params[WRITE_SECOND] = actor->user_id;
    c->writing.statement = &c->entry->fixed[FIXED_CREATE];
    c->writing.entry = c->entry;
    c->writing.touches = c->entry->resource;
    c->writing.version_column = 1;
    c->writing.whole = true;
    c->writing.params = c->params;
    c->writing.count =
        WRITE_MEMBERS + write_all_values(c->entry->resource->shape, values,
                                         c->params + WRITE_MEMBERS);
}

static void creation_end(struct creation *c)
{
    rows_unref(&c->writing.rows);
}

/* Ends as r says. */
static int finish(const struct creation *c, int r, struct buffer *buffer,
                  struct stored *ret_stored, struct diag *diag)
{
    if (r < 0)
        return constraint_tell(c->entry->resource, r, diag);
    return write_row(c->entry, c->writing.rows, buffer, ret_stored, diag);
}

int store_create(struct store *store, const struct resource *resource,
                 const struct values *values, struct deadline until,
                 struct buffer *buffer, struct stored *ret_stored,
                 struct diag *diag)
{
    return store_create_sealed(store, resource, values, NULL, until, buffer,
                               ret_stored, diag);
}

int store_create_sealed(struct store *store, const struct resource *resource,
                        const struct values *values, const struct text *sealed,
                        struct deadline until, struct buffer *buffer,
                        struct stored *ret_stored, struct diag *diag)
{
    CLEANUP(creation_end)
    struct creation c = { .entry = store_entry(store, resource) };
    int r;

    creation_init(&c, uuid_v7(), values, &store->actor);
    for (size_t i = 0; sealed && resource->sealed[i]; i++)
        c.params[c.writing.count++] = sealed[i];
    r = scope_write(store, &c.writing, until, diag);
    return finish(&c, r, buffer, ret_stored, diag);
}

/* --- with an id of the client's choice ----------------------------------- */

static bool is_id_taken(const struct resource *resource,
                        const struct diag *diag)
{
    struct text name = text_of(diag ? diag->constraint : "");

    return text_starts_with(name, resource->table) &&
           text_is(text_skip(name, strlen(resource->table)), "_pkey");
}

int store_create_as(struct store *store, const struct resource *resource,
                    struct uuid id, const struct values *values,
                    struct deadline until, struct buffer *buffer,
                    struct stored *ret_stored, struct diag *diag)
{
    CLEANUP(creation_end)
    struct creation c = { .entry = store_entry(store, resource) };
    int r;

    creation_init(&c, id, values, &store->actor);
    c.writing.lock = &c.entry->fixed[FIXED_LOCK_ID];
    r = scope_write(store, &c.writing, until, diag);
    if (r == -ERR_DUPLICATE && is_id_taken(resource, diag)) {
        diag_clear(diag);
        return FAIL(diag, ERR_PRECONDITION_FAILED, "the id is taken");
    }
    return finish(&c, r, buffer, ret_stored, diag);
}
