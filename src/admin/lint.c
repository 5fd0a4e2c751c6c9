/* SPDX-License-Identifier: MIT */
#include "admin/lint.h"

#include "database/migration_script.h"
#include "json/encode.h"

enum lint_where { ANYWHERE, OLD_TABLE, IN_TRANSACTION, NO_TRANSACTION };

#define LINT(name, where, head, part, unless, why, instead) \
    { #name, where, head, part, unless, why, instead },
static const struct {
    const char *name;
    enum lint_where where;
    const char *head, *part, *unless, *why, *instead;
} rules[LINT_COUNT] = {
#include "admin/lint.def"
};
#undef LINT

enum { TABLES_MAX = 64 };

/* One file under the rules. */
struct linting {
    const struct embedded_file *file;
    struct lint_findings *findings;
    bool transaction;
    bool allowed[LINT_COUNT];
    struct text made[TABLES_MAX]; /* tables of this file's own */
    unsigned made_count;
};

const char *lint_name(enum lint rule)
{
    return rules[rule].name;
}

const char *lint_why(enum lint rule)
{
    return rules[rule].why;
}

const char *lint_instead(enum lint rule)
{
    return rules[rule].instead;
}

/* --- phrases --------------------------------------------------------------
 */

static bool next(struct sql_scan *scan, struct sql_token *token)
{
    return sql_scan_next(scan, token, NULL) == 0 && token->kind != SQL_END;
}

/* The words stand here; "#" is any one name, with its schema if it has one. */
static bool stands_at(struct sql_scan scan, struct text words)
{
    struct sql_token token;
    struct text word;

    while (text_cut(&words, ' ', &word)) {
        if (!next(&scan, &token))
            return false;
        if (!text_is(word, "#")) {
            if (token.kind != SQL_WORD || !text_equal_nocase(token.text, word))
                return false;
            continue;
        }
        for (struct sql_scan ahead = scan;
             next(&ahead, &token) && sql_token_is_sign(&token, '.') &&
             next(&ahead, &token);
             scan = ahead)
            ;
    }
    return true;
}

static bool begins_with(struct text sql, const char *phrases)
{
    struct text rest = text_of(phrases), phrase;
    struct sql_scan scan;

    sql_scan_init(&scan, sql);
    while (text_cut(&rest, '|', &phrase))
        if (stands_at(scan, phrase))
            return true;
    return false;
}

static bool holds(struct text sql, const char *phrases)
{
    struct sql_token token;
    struct sql_scan scan, before;

    sql_scan_init(&scan, sql);
    do {
        struct text rest = text_of(phrases), phrase;

        before = scan;
        while (text_cut(&rest, '|', &phrase))
            if (stands_at(before, phrase))
                return true;
    } while (next(&scan, &token));
    return false;
}

/* --- tables ---------------------------------------------------------------
 */

/* The name that stands here, without its schema. */
static struct text name_at(struct sql_scan scan)
{
    struct sql_token token, sign;
    struct text name = TEXT_NULL;

    while (next(&scan, &token)) {
        name = token.text;
        if (!next(&scan, &sign) || !sql_token_is_sign(&sign, '.'))
            break;
    }
    return name;
}

/* Behind what may stand between a verb and the table's name. */
static struct text table_of(struct text sql)
{
    static const char *const between[] = {
        "alter", "create",   "drop",     "table",  "index",  "unique", "if",
        "not",   "exists",   "only",     "update", "delete", "from",   "lock",
        "in",    "truncate", "unlogged", "view",   "foreign"
    };
    bool index = holds(sql, "index") && begins_with(sql, "create");
    struct sql_scan scan, here;
    struct sql_token token;

    sql_scan_init(&scan, sql);
    for (here = scan; next(&scan, &token); here = scan) {
        bool skipped = index && !sql_token_is(&token, "on");

        if (index && sql_token_is(&token, "on")) {
            index = false;
            continue;
        }
        for (size_t i = 0; i < ARRAY_LEN(between); i++)
            skipped = skipped || sql_token_is(&token, between[i]);
        if (!skipped)
            return name_at(here);
    }
    return TEXT_NULL;
}

static bool is_made_here(const struct linting *linting, struct text table)
{
    for (unsigned i = 0; i < linting->made_count; i++)
        if (text_equal_nocase(linting->made[i], table))
            return true;
    return false;
}

static void note_table(struct linting *linting, struct text sql)
{
    if (begins_with(sql, "create table|create unlogged table|create "
                         "materialized view|create view") &&
        linting->made_count < TABLES_MAX)
        linting->made[linting->made_count++] = table_of(sql);
}

/* --- rules ----------------------------------------------------------------
 */

static bool applies(const struct linting *linting, enum lint rule,
                    struct text sql)
{
    if (linting->allowed[rule] || !begins_with(sql, rules[rule].head))
        return false;
    switch (rules[rule].where) {
    case OLD_TABLE:
        return !is_made_here(linting, table_of(sql));
    case IN_TRANSACTION:
        return linting->transaction;
    case NO_TRANSACTION:
        return !linting->transaction;
    case ANYWHERE:
        break;
    }
    return true;
}

static bool is_broken_by(enum lint rule, struct text part)
{
    return (!rules[rule].part[0] || holds(part, rules[rule].part)) &&
           (!rules[rule].unless[0] || !holds(part, rules[rule].unless));
}

/* Cuts the next part of ALTER TABLE off, at a comma outside of brackets. */
static bool cut_part(struct text *rest, struct text *ret_part)
{
    struct sql_token token;
    struct sql_scan scan;
    int depth = 0;

    *ret_part = *rest;
    if (rest->len == 0)
        return false;
    sql_scan_init(&scan, *rest);
    while (next(&scan, &token)) {
        depth += sql_token_is_sign(&token, '(');
        depth -= sql_token_is_sign(&token, ')');
        if (depth == 0 && sql_token_is_sign(&token, ',')) {
            ret_part->len = (size_t)(token.text.at - rest->at);
            *rest = text_skip(*rest, ret_part->len + 1);
            return true;
        }
    }
    rest->len = 0;
    return true;
}

static bool is_broken(enum lint rule, struct text sql)
{
    struct text rest = sql, part;

    if (!begins_with(sql, "alter table"))
        return is_broken_by(rule, sql);
    while (cut_part(&rest, &part))
        if (is_broken_by(rule, part))
            return true;
    return false;
}

static void note(struct linting *linting, enum lint rule, unsigned line)
{
    struct lint_findings *findings = linting->findings;

    if (findings->count < LINT_FINDINGS_MAX)
        findings->at[findings->count] =
            (struct lint_finding){ rule, linting->file->name, line };
    findings->count++;
}

static void lint_statement(struct linting *linting,
                           const struct sql_statement *statement)
{
    note_table(linting, statement->sql);
    for (enum lint rule = 0; rule < LINT_COUNT; rule++)
        if (applies(linting, rule, statement->sql) &&
            is_broken(rule, statement->sql))
            note(linting, rule, statement->line);
}

/* --- files ----------------------------------------------------------------
 */

static int allow(struct linting *linting, struct text name, struct diag *diag)
{
    for (enum lint rule = 0; rule < LINT_COUNT; rule++)
        if (text_is(name, rules[rule].name)) {
            linting->allowed[rule] = true;
            return 0;
        }
    return FAIL(diag, ERR_VALIDATION, "%s: allows %.*s, which is no rule",
                linting->file->name, TEXT_ARG(name));
}

static int read_allowed(struct linting *linting, struct diag *diag)
{
    static const char mark[] = "-- portcullis: allow ";
    struct text rest = embedded_text(linting->file), line;
    int r = 0;

    while (r == 0 && text_cut(&rest, '\n', &line))
        if (text_starts_with(line, mark))
            r = allow(linting, text_trim(text_skip(line, strlen(mark))), diag);
    return r;
}

int lint_file(const struct embedded_file *file, struct lint_findings *findings,
              struct diag *diag)
{
    struct linting linting = {
        .file = file,
        .findings = findings,
        .transaction = migration_script_is_transaction(file),
    };
    struct sql_statement statement;
    struct sql_split split;
    int r = read_allowed(&linting, diag);

    sql_split_init(&split, embedded_text(file));
    while (r == 0) {
        r = migration_script_next(&split, file, &statement, diag);
        if (r < 0 || text_is_null(statement.sql))
            break;
        lint_statement(&linting, &statement);
    }
    return r;
}

/* --- showing --------------------------------------------------------------
 */

static unsigned kept(const struct lint_findings *findings)
{
    return findings->count < LINT_FINDINGS_MAX ? findings->count
                                               : LINT_FINDINGS_MAX;
}

void lint_show_lines(const struct lint_findings *findings, struct buffer *out)
{
    for (unsigned i = 0; i < kept(findings); i++) {
        const struct lint_finding *at = &findings->at[i];

        buffer_add_format(out, "%s:%u: %s\n    %s\n    instead: %s\n", at->file,
                          at->line, lint_name(at->rule), lint_why(at->rule),
                          lint_instead(at->rule));
    }
}

static void add_member(struct buffer *out, const char *name, const char *value)
{
    buffer_add_format(out, ",\"%s\":", name);
    encode_text(out, text_of(value));
}

void lint_show_json(const struct lint_findings *findings, struct buffer *out)
{
    buffer_add_byte(out, '[');
    for (unsigned i = 0; i < kept(findings); i++) {
        const struct lint_finding *at = &findings->at[i];

        buffer_add_format(out, "%s{\"line\":%u", i > 0 ? ",\n" : "", at->line);
        add_member(out, "file", at->file);
        add_member(out, "rule", lint_name(at->rule));
        add_member(out, "why", lint_why(at->rule));
        add_member(out, "instead", lint_instead(at->rule));
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]\n");
}
