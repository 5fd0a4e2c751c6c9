/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/memory.h"
#include "postgres/link.h"

enum { SPARE_MAX = 256, BLOCK_KEPT_BYTES = 16 * 1024 };

struct query *postgres__new_query(struct postgres *pg)
{
    struct query *query = list_first(&pg->spare, struct query, link);

    if (query) {
        list_remove(&query->link);
        pg->spare_count--;
    } else {
        query = NEW(struct query);
        list_init(&query->link);
    }
    query->base = (struct call){ .magic = CALL_MAGIC,
                                 .driver = pg->base.driver,
                                 .connection = &pg->base };
    query->alone = query->anew = false;
    return query;
}

static void need_block(struct query *query, size_t bytes)
{
    if (bytes <= query->block_bytes)
        return;
    memory_free(&query->block);
    query->block_bytes = bytes < 256 ? 256 : bytes;
    query->block = memory_new(query->block_bytes);
}

/* libpq takes text up to its NUL, which our text need not have. */
void postgres__copy_params(struct query *query, const struct text *params,
                           unsigned count, uint32_t binary)
{
    size_t bytes = count * (sizeof(char *) + 2 * sizeof(int)) + 1;
    char *at;

    for (unsigned i = 0; i < count; i++)
        bytes += params[i].len + 1;
    need_block(query, bytes);
    query->count = (int)count;
    query->values = query->block;
    query->lengths = (int *)(void *)(query->values + count);
    query->formats = query->lengths + count;
    at = (char *)(query->formats + count);
    for (unsigned i = 0; i < count; i++) {
        bool null = text_is_null(params[i]);

        query->lengths[i] = (int)params[i].len;
        query->formats[i] = i < 32 && (binary >> i & 1);
        query->values[i] = null ? NULL : at;
        if (!null)
            memcpy(at, params[i].at, params[i].len);
        at[params[i].len] = '\0';
        at += params[i].len + 1;
    }
}

static void free_query(struct query *query)
{
    query->base.magic = 0;
    kept_scope_fini(&query->scope);
    memory_free(&query->block);
    memory_free(&query);
}

void postgres__recycle(struct postgres *pg, struct query *query)
{
    list_remove(&query->link);
    rows_unref(&query->base.rows);
    memory_free(&query->base.failure);
    query->statement = NULL;
    if (!pg || pg->spare_count >= SPARE_MAX) {
        free_query(query);
        return;
    }
    if (query->block_bytes > BLOCK_KEPT_BYTES) {
        memory_free(&query->block);
        query->block_bytes = 0;
    }
    list_push_front(&pg->spare, &query->link);
    pg->spare_count++;
}

void postgres__orphan_queries(struct postgres *pg)
{
    list_each_safe (&pg->answered, struct query, query, link) {
        list_remove(&query->link);
        query->base.connection = NULL;
    }
    list_each_safe (&pg->spare, struct query, query, link) {
        list_remove(&query->link);
        free_query(query);
    }
}
