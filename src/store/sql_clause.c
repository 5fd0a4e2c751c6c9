/* SPDX-License-Identifier: MIT */
#include "store/sql.h"
#include "store/sql_parts.h"

/*
 * `#` is the column as it is sorted, `%` the bare one, `?` the value; the
 * second form is for a list of values.
 */
struct forms {
    const char *one, *many;
};

static const struct forms plain_forms[OP_COUNT] = {
    [OP_EQ] = { "# = ?", "# = ANY(?)" },
    [OP_NE] = { "# <> ?", "# <> ALL(?)" },
    [OP_GT] = { "# > ?", NULL },
    [OP_GTE] = { "# >= ?", NULL },
    [OP_LT] = { "# < ?", NULL },
    [OP_LTE] = { "# <= ?", NULL },
    [OP_LIKE] = { "% ILIKE ?", "% ILIKE ANY(?)" },
    [OP_PREFIX] = { "# ^@ ?", "# ^@ ANY(?)" },
    [OP_IN] = { "# = ?", "# = ANY(?)" },
};

static const struct forms list_forms[OP_COUNT] = {
    [OP_EQ] = { "% @> ARRAY[?]", "% && ?" },
    [OP_NE] = { "NOT % @> ARRAY[?]", "NOT % && ?" },
    [OP_IN] = { "% @> ARRAY[?]", "% && ?" },
};

/* Without case, as the index of the natural key has it. */
static const struct forms folded_forms[OP_COUNT] = {
    [OP_EQ] = { "lower(%) = lower(?)",
                "lower(%) = ANY(lower(?::text)::text[])" },
    [OP_NE] = { "lower(%) <> lower(?)",
                "lower(%) <> ALL(lower(?::text)::text[])" },
    [OP_IN] = { "lower(%) = lower(?)",
                "lower(%) = ANY(lower(?::text)::text[])" },
};

static const struct forms *forms_of(const struct listing *listing,
                                    const struct clause *clause)
{
    const char *folded = listing->resource->folded;

    if (clause->field->type == FIELD_TEXT_LIST)
        return &list_forms[clause->op];
    if (folded && strcmp(folded, field_column(clause->field)) == 0 &&
        folded_forms[clause->op].one)
        return &folded_forms[clause->op];
    return &plain_forms[clause->op];
}

static void add_value(struct buffer *sql, const struct clause *clause)
{
    buffer_add_format(sql, "$%u::%s%s", clause->number,
                      sql_type(clause->field->type), clause->many ? "[]" : "");
}

static void add_form(struct buffer *sql, const struct clause *clause,
                     const char *form)
{
    for (; *form; form++)
        if (*form == '#')
            sql_ordered(sql, "", clause->field);
        else if (*form == '%')
            buffer_add_string(sql, field_column(clause->field));
        else if (*form == '?')
            add_value(sql, clause);
        else
            buffer_add_byte(sql, *form);
}

/* `q`: web search in a tsvector, or a word that one of the columns has. */
static void add_search(struct buffer *sql, const struct search *search,
                       const struct clause *clause)
{
    if (search->words) {
        buffer_add_format(sql, "%s @@ " WEB_SEARCH, search->words,
                          clause->number);
        return;
    }
    for (size_t i = 0; search->columns[i]; i++)
        buffer_add_format(sql, "%s%s ILIKE $%u::text", i ? " OR " : "(",
                          search->columns[i], clause->number);
    buffer_add_byte(sql, ')');
}

static void add_clause(struct buffer *sql, const struct listing *listing,
                       const struct clause *clause)
{
    const struct forms *forms;

    if (!clause->field) {
        add_search(sql, &listing->resource->search, clause);
        return;
    }
    if (clause->op == OP_NULL) {
        buffer_add_format(sql, "%s IS %sNULL", field_column(clause->field),
                          clause->null ? "" : "NOT ");
        return;
    }
    forms = forms_of(listing, clause);
    add_form(sql, clause, clause->many ? forms->many : forms->one);
}

void sql_clauses(struct buffer *sql, const struct listing *listing)
{
    static const char *const alive[] = {
        [DELETED_NONE] = "deleted_at IS NULL",
        [DELETED_INCLUDED] = "true",
        [DELETED_ONLY] = "deleted_at IS NOT NULL",
    };

    buffer_add_format(sql, " WHERE %s",
                      listing->resource->log ? "true"
                                             : alive[listing->deleted]);
    for (unsigned i = 0; i < listing->clause_count; i++) {
        buffer_add_string(sql, " AND ");
        add_clause(sql, listing, &listing->clauses[i]);
    }
}
