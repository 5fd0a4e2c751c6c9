/* SPDX-License-Identifier: MIT */
#include "database/migration_script.h"

bool migration_script_is_transaction(const struct embedded_file *file)
{
    struct text rest = embedded_text(file), line;

    return !text_cut(&rest, '\n', &line) ||
           !text_is(text_trim(line), "-- portcullis: no-transaction");
}

/* Either would make of one transaction two, or none. */
static bool ends_transaction(struct text verb)
{
    static const char *const verbs[] = { "begin",    "start", "commit", "end",
                                         "rollback", "abort", "prepare" };

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (text_equal_nocase(verb, text_of(verbs[i])))
            return true;
    return false;
}

int migration_script_next(struct sql_split *split,
                          const struct embedded_file *file,
                          struct sql_statement *ret, struct diag *diag)
{
    struct diag inner;
    int r;

    diag_init(&inner, NULL);
    r = sql_split_next(split, ret, &inner);
    if (r < 0)
        return FAIL(diag, -r, "%s:%u: %s", file->name, ret->line, inner.detail);
    if (ends_transaction(ret->verb))
        return FAIL(diag, ERR_VALIDATION,
                    "%s:%u: %.*s does not belong here: the file's transaction "
                    "is begun and ended for it",
                    file->name, ret->line, TEXT_ARG(ret->verb));
    return 0;
}

int migration_script_check(const struct embedded_file *file, struct diag *diag)
{
    struct sql_statement statement;
    struct sql_split split;
    int r;

    sql_split_init(&split, embedded_text(file));
    do
        r = migration_script_next(&split, file, &statement, diag);
    while (r == 0 && !text_is_null(statement.sql));
    return r;
}

static bool next_is(struct sql_scan *scan, struct sql_token *token,
                    const char *word)
{
    return sql_scan_next(scan, token, NULL) == 0 && sql_token_is(token, word);
}

struct text migration_script_index(struct text sql)
{
    struct sql_token token;
    struct sql_scan scan;

    sql_scan_init(&scan, sql);
    if (!next_is(&scan, &token, "create"))
        return TEXT_NULL;
    if (next_is(&scan, &token, "unique") && !next_is(&scan, &token, "index"))
        return TEXT_NULL;
    if (!sql_token_is(&token, "index") ||
        !next_is(&scan, &token, "concurrently"))
        return TEXT_NULL;
    if (next_is(&scan, &token, "if") &&
        (!next_is(&scan, &token, "not") || !next_is(&scan, &token, "exists") ||
         sql_scan_next(&scan, &token, NULL) < 0))
        return TEXT_NULL;
    if (token.kind == SQL_END || sql_token_is(&token, "on"))
        return TEXT_NULL; /* the database finds a name */
    return token.text;
}
