/* SPDX-License-Identifier: MIT */
#include "store/grouping_impl.h"
#include "store/sql_parts.h"

static void add_groups(struct buffer *sql, const struct grouping *grouping,
                       unsigned place)
{
    const struct dimension *by = grouping->by[place];

    buffer_add_format(sql,
                      "SELECT %u AS place, (%s)::text COLLATE \"C\" AS key,"
                      " count(*) AS count FROM %s%s",
                      place, by->key, grouping->listing->resource->table,
                      by->from ? by->from : "");
    sql_clauses(sql, grouping->listing);
    buffer_add_string(sql, " GROUP BY 2");
}

void sql_groups(struct buffer *sql, const struct grouping *grouping)
{
    buffer_add_string(sql, "SELECT place, key, count FROM (");
    for (unsigned i = 0; i < grouping->count; i++) {
        if (i > 0)
            buffer_add_string(sql, " UNION ALL ");
        add_groups(sql, grouping, i);
    }
    buffer_add_format(sql, ") AS groups ORDER BY place, %skey",
                      grouping->form->frequent_first ? "count DESC, " : "");
}
