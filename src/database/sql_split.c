/* SPDX-License-Identifier: MIT */
#include "database/sql_split.h"

/* How far into CREATE [OR REPLACE] FUNCTION … BEGIN ATOMIC we are. */
enum head {
    HEAD_START,
    HEAD_CREATE,
    HEAD_ROUTINE,
    HEAD_BEGIN,
    HEAD_BODY,
    HEAD_OTHER,
};

static const struct {
    enum head from;
    const char *word;
    enum head to;
} heads[] = {
    { HEAD_START, "create", HEAD_CREATE },
    { HEAD_CREATE, "or", HEAD_CREATE },
    { HEAD_CREATE, "replace", HEAD_CREATE },
    { HEAD_CREATE, "function", HEAD_ROUTINE },
    { HEAD_CREATE, "procedure", HEAD_ROUTINE },
    { HEAD_ROUTINE, "begin", HEAD_BEGIN },
    { HEAD_BEGIN, "atomic", HEAD_BODY },
};

/* Where any other word leads. */
static const enum head elsewhere[] = {
    [HEAD_START] = HEAD_OTHER,     [HEAD_CREATE] = HEAD_OTHER,
    [HEAD_ROUTINE] = HEAD_ROUTINE, [HEAD_BEGIN] = HEAD_ROUTINE,
    [HEAD_BODY] = HEAD_BODY,       [HEAD_OTHER] = HEAD_OTHER,
};

/* A statement as far as it was read. */
struct part {
    enum head head;
    bool label; /* the next word is a name, whatever it says */
    unsigned parens, parens_line;
    unsigned ends, body_line; /* END that are still to come */
};

static int wrong(struct sql_statement *statement, unsigned line,
                 struct diag *diag, const char *what)
{
    statement->line = line;
    return FAIL(diag, ERR_VALIDATION, "%s", what);
}

static void follow_head(struct part *part, const struct sql_token *token)
{
    enum head next = elsewhere[part->head];

    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        if (heads[i].from == part->head && sql_token_is(token, heads[i].word))
            next = heads[i].to;
    part->head = next;
    if (next != HEAD_BODY)
        return;
    part->ends = 1;
    part->body_line = token->line;
}

/* CASE has an END of its own. */
static void follow_body(struct part *part, const struct sql_token *token)
{
    if (sql_token_is(token, "case"))
        part->ends++;
    else if (sql_token_is(token, "end") && --part->ends == 0)
        part->head = HEAD_OTHER;
}

static void follow_parens(struct part *part, const struct sql_token *token)
{
    if (sql_token_is_sign(token, '(') && part->parens++ == 0)
        part->parens_line = token->line;
    if (sql_token_is_sign(token, ')') && part->parens > 0)
        part->parens--;
}

static void follow(struct part *part, const struct sql_token *token)
{
    bool is_label = part->label;

    part->label = sql_token_is(token, "as") || sql_token_is_sign(token, '.');
    follow_parens(part, token);
    if (token->kind != SQL_WORD || is_label)
        return;
    if (part->head == HEAD_BODY)
        follow_body(part, token);
    else
        follow_head(part, token);
}

static bool ends_statement(const struct part *part,
                           const struct sql_token *token)
{
    if (token->kind == SQL_END)
        return true;
    return sql_token_is_sign(token, ';') && part->parens == 0 &&
           part->ends == 0;
}

static int check_whole(const struct part *part, struct sql_statement *statement,
                       struct diag *diag)
{
    ptrdiff_t nul = text_find(statement->sql, '\0');
    unsigned line = statement->line;

    if (part->ends > 0)
        return wrong(statement, part->body_line, diag,
                     "the function's body that begins here has no END");
    if (part->parens > 0)
        return wrong(statement, part->parens_line, diag,
                     "the parenthesis that opens here is never closed");
    for (ptrdiff_t i = 0; i < nul; i++)
        line += statement->sql.at[i] == '\n';
    return nul < 0 ? 0
                   : wrong(statement, line, diag, "there is a NUL byte here");
}

static int read_token(struct sql_split *split, struct sql_token *ret_token,
                      struct sql_statement *statement, struct diag *diag)
{
    int r = sql_scan_next(&split->scan, ret_token, diag);

    if (r < 0)
        statement->line = ret_token->line;
    else if (sql_token_is_sign(ret_token, '\\'))
        r = wrong(statement, ret_token->line, diag,
                  "a backslash begins a command of psql, which is not SQL");
    return r;
}

static int read_statement(struct sql_split *split, struct sql_token *token,
                          struct sql_statement *statement, struct diag *diag)
{
    struct part part = { .head = HEAD_START };
    int r = 0;

    statement->sql = token->text;
    statement->line = token->line;
    if (token->kind == SQL_WORD)
        statement->verb = token->text;
    while (r == 0 && !ends_statement(&part, token)) {
        follow(&part, token);
        statement->sql.len =
            (size_t)(token->text.at + token->text.len - statement->sql.at);
        r = read_token(split, token, statement, diag);
    }
    return r < 0 ? r : check_whole(&part, statement, diag);
}

void sql_split_init(struct sql_split *split, struct text script)
{
    sql_scan_init(&split->scan, script);
}

int sql_split_next(struct sql_split *split, struct sql_statement *ret,
                   struct diag *diag)
{
    struct sql_token token;
    int r;

    *ret = (struct sql_statement){ .line = split->scan.line };
    do
        r = read_token(split, &token, ret, diag);
    while (r == 0 && sql_token_is_sign(&token, ';'));
    if (r < 0 || token.kind == SQL_END)
        return r;
    return read_statement(split, &token, ret, diag);
}
