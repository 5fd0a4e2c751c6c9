/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "store/sql.h"
#include "store/sql_parts.h"

void sql_rank(struct buffer *sql, const struct listing *listing)
{
    unsigned i = 0;

    while (listing->clauses[i].field)
        i++;
    CHECK(i < listing->clause_count);
    buffer_add_format(sql, "ts_rank(%s, " WEB_SEARCH ")",
                      listing->resource->search.words,
                      listing->clauses[i].number);
}

void sql_key(struct buffer *sql, const struct listing *listing,
             const struct key *key)
{
    if (key->field)
        sql_ordered(sql, "", key->field);
    else
        sql_rank(sql, listing);
}

/*
 * Nulls last, both ways; backward is the exact reverse of either. A log has one
 * index for both ways, which the planner takes only for what it is in a
 * column without nulls, too: either end of the nulls.
 */
static const char *direction(const struct listing *listing,
                             const struct key *key, bool backward)
{
    static const char *const words[2][2] = {
        { "", " DESC NULLS LAST" },
        { " DESC", " ASC NULLS FIRST" },
    };

    if (listing->resource->log && !(key->field->flags & FIELD_NULLABLE))
        return backward == key->down ? "" : " DESC";
    return words[backward][key->down];
}

void sql_order(struct buffer *sql, const struct listing *listing, bool backward)
{
    for (unsigned i = 0; i < listing->key_count; i++) {
        buffer_add_string(sql, i ? ", " : " ORDER BY ");
        sql_key(sql, listing, &listing->keys[i]);
        buffer_add_string(sql, direction(listing, &listing->keys[i], backward));
    }
}
