/* SPDX-License-Identifier: MIT */
#include "postgres/failure.h"

#include "base/check.h"

#include <ctype.h>
#include <stdio.h>

#define SQLSTATE(state, error, sentence) { state, ERR_##error, sentence },
static const struct meaning {
    const char *state;
    int error;
    const char *sentence;
} meanings[] = {
#include "postgres/sqlstate.def"
};
#undef SQLSTATE

/* The rows are few and errors are rare; the last row fits all. */
static const struct meaning *meaning_of(const char *state)
{
    const struct meaning *m = meanings;

    while (strncmp(state, m->state, strlen(m->state)) != 0)
        m++;
    CHECK(m < meanings + ARRAY_LEN(meanings));
    return m;
}

static void copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

static const char *field(const PGresult *result, int code)
{
    const char *value = PQresultErrorField(result, code);

    return value ? value : "";
}

static void set_state(struct failure *failure, const char *state)
{
    const struct meaning *m = meaning_of(state);

    failure->code = -m->error;
    copy(failure->sqlstate, sizeof(failure->sqlstate), state);
    copy(failure->detail, sizeof(failure->detail), m->sentence);
}

/* Two states mean different things by where they come from. */
static void refine(struct failure *failure, const PGresult *result)
{
    const char *message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *function = field(result, PG_DIAG_SOURCE_FUNCTION);

    if (strcmp(failure->sqlstate, "0A000") == 0 &&
        strcmp(function, "RevalidateCachedQuery") == 0)
        failure_of(failure, -ERR_PLAN_CHANGED,
                   "a prepared statement was out of date");
    if (strcmp(failure->sqlstate, "23503") == 0 &&
        strncmp(message, "insert or update", 16) == 0)
        failure_of(failure, -ERR_VALIDATION,
                   "it refers to an object that does not exist");
}

/* 'invalid input syntax for type uuid: "…"': the value goes. */
static void set_cause(struct failure *failure, const char *message)
{
    char *value;

    copy(failure->cause, sizeof(failure->cause), message);
    value = strstr(failure->cause, ": \"");
    if (value && strncmp(failure->sqlstate, "22", 2) == 0)
        *value = '\0';
}

static void set_constraint(struct failure *failure, const PGresult *result)
{
    const char *name = field(result, PG_DIAG_CONSTRAINT_NAME);

    if (!*name)
        name = field(result, PG_DIAG_COLUMN_NAME);
    copy(failure->constraint, sizeof(failure->constraint), name);
}

void failure_from_result(struct failure *failure, const PGresult *result)
{
    const char *state = field(result, PG_DIAG_SQLSTATE);

    *failure = (struct failure){ 0 };
    set_state(failure, *state ? state : "08006");
    if (!*state)
        failure->sqlstate[0] = '\0';
    refine(failure, result);
    set_constraint(failure, result);
    set_cause(failure, *state ? field(result, PG_DIAG_MESSAGE_PRIMARY)
                              : PQresultErrorMessage(result));
}

/* Where "FATAL:  53300: sorry, …" has its state, or NULL. */
static const char *find_state(const char *message)
{
    for (const char *at = strstr(message, ":  "); at;
         at = strstr(at + 1, ":  ")) {
        const char *state = at + 3;
        int len = 0;

        while (len < 5 && isalnum((unsigned char)state[len]))
            len++;
        if (len == 5 && state[5] == ':')
            return state;
    }
    return NULL;
}

static void set_link_cause(struct failure *failure, const PGconn *link)
{
    char *end;

    copy(failure->cause, sizeof(failure->cause), PQerrorMessage(link));
    end = strchr(failure->cause, '\n');
    if (end)
        *end = '\0';
}

void failure_from_connect(struct failure *failure, const PGconn *link)
{
    const char *found = find_state(PQerrorMessage(link));
    char state[6] = "";

    *failure = (struct failure){ 0 };
    failure_of(failure, -ERR_CONNECT_FAILED, "the database is unreachable");
    if (found) {
        memcpy(state, found, 5);
        set_state(failure, state);
    }
    if (failure->code != -ERR_TOO_MANY_CONNECTIONS)
        failure->code = -ERR_CONNECT_FAILED;
    set_link_cause(failure, link);
}

void failure_from_link(struct failure *failure, const PGconn *link)
{
    *failure = (struct failure){ 0 };
    failure_of(failure, -ERR_LINK_LOST,
               "the connection to the database was lost");
    set_link_cause(failure, link);
}

void failure_of(struct failure *failure, int code, const char *detail)
{
    failure->code = code;
    copy(failure->detail, sizeof(failure->detail), detail);
}

bool result_is_fatal(const PGresult *result)
{
    const char *severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0;
}
