/* SPDX-License-Identifier: MIT */
/*
 * Statements tried on the database itself as the service's role, on behalf of
 * callers of every standing. Each is undone.
 */
#pragma once

#include "database.h"

/* --- rows ---------------------------------------------------------------- */

#define ID(n)  "00000000-0000-7000-8000-0000000000" #n
#define ME     ID(01)
#define OTHERS ID(02)

/*
 * Of each table: mine, others', mine deleted, others' deleted, where there are
 * such. What nobody owns is others'.
 */
/* clang-format off */
static const char trial_fixture[] =
    "INSERT INTO users (id, email, display_name, deleted_at) VALUES"
    " ('" ME "', 'm@x', 'm', NULL), ('" OTHERS "', 'o@x', 'o', NULL),"
    " ('" ID(04) "', 'x@x', 'x', now());"
    "INSERT INTO permissions (id, key, deleted_at) VALUES"
    " ('" ID(12) "', 'a:b', NULL), ('" ID(14) "', 'a:c', now());"
    "INSERT INTO roles (id, key, name, deleted_at) VALUES"
    " ('" ID(22) "', 'one', 'o', NULL), ('" ID(24) "', 'two', 'x', now());"
    "INSERT INTO role_permissions VALUES ('" ID(22) "', '" ID(12) "');"
    "INSERT INTO role_parents VALUES ('" ID(24) "', '" ID(22) "');"
    "INSERT INTO user_roles (user_id, role_id) VALUES"
    " ('" ME "', '" ID(22) "'), ('" OTHERS "', '" ID(22) "');"
    "INSERT INTO user_permissions (user_id, permission_id) VALUES"
    " ('" ME "', '" ID(12) "'), ('" OTHERS "', '" ID(12) "');"
    "INSERT INTO api_keys (id, user_id, name, secret_hash, deleted_at) VALUES"
    " ('" ID(31) "', '" ME "', 'm', sha256('m'), NULL),"
    " ('" ID(32) "', '" OTHERS "', 'o', sha256('o'), NULL),"
    " ('" ID(33) "', '" ME "', 'd', sha256('d'), now()),"
    " ('" ID(34) "', '" OTHERS "', 'x', sha256('x'), now());"
    "INSERT INTO people (id, bioguide, full_name, deleted_at) VALUES"
    " ('" ID(42) "', 'O', 'o', NULL), ('" ID(44) "', 'X', 'x', now());"
    "INSERT INTO bills (id, created_by, session, type, number, chamber, title,"
    " introduced_on, deleted_at) VALUES"
    " ('" ID(51) "', '" ME "', 'r', 'hr', 1, 'house', 'm', now(), NULL),"
    " ('" ID(52) "', '" OTHERS "', 'r', 'hr', 2, 'house', 'o', now(), NULL),"
    " ('" ID(53) "', '" ME "', 'r', 'hr', 3, 'house', 'd', now(), now()),"
    " ('" ID(54) "', '" OTHERS "', 'r', 'hr', 4, 'house', 'x', now(), now());"
    "INSERT INTO bill_actions (bill_id, seq, acted_on, text)"
    " SELECT id, 1, now(), title FROM bills WHERE session = 'r';"
    "INSERT INTO bill_cosponsors"
    " SELECT id, '" ID(42) "' FROM bills WHERE session = 'r';"
    "INSERT INTO idempotency_keys (caller, key, request_hash, expires_at)"
    " SELECT caller, key, sha256(''), now() + since::interval FROM (VALUES"
    " ('user:" ME "', 'm', '1 day'), ('user:" OTHERS "', 'o', '1 day'),"
    " ('key:" ID(31) "', 'k', '1 day'), ('key:" ID(32) "', 'q', '1 day'),"
    " ('anonymous', 'a', '1 day'), ('user:" OTHERS "', 'e', '-1 day'))"
    " AS k (caller, key, since);"
    "DELETE FROM bill_types WHERE type = 'sconres';"
    "INSERT INTO outside_writes (resource) VALUES ('seen');"
    "INSERT INTO instances VALUES ('" ID(61) "', now(), 0)";
/* clang-format on */

/* --- callers ------------------------------------------------------------- */

struct standing {
    const char *name, *user_id, *rights; /* NULL: not set */
};

static const struct standing standings[] = {
    { "unset", NULL, NULL },
    { "empty", "", "" },
    { "rightless", ME, "" },
    { "nobody's own", "", "users:read:own users:update:own bills:update:own" },
    { "anonymous", "", "bills:read people:read" },
    { "viewer", ME, "bills:read people:read users:read:own users:update:own" },
    { "editor", ME,
      "bills:read people:read users:read:own users:update:own"
      " bills:create bills:update bills:delete" },
    { "author", ME, "bills:read bills:update:own bills:delete:own" },
    { "archivist", ME, "bills:restore bills:purge" },
    { "deleter", ME, "bills:delete bills:restore" },
    { "clerk", ME, "users:create people:create" },
    { "granter", ME, "roles:grant" },
    { "role maker", ME, "roles:read roles:create roles:update roles:delete" },
    { "keeper", ME, "api-keys:read api-keys:create api-keys:delete" },
    { "auditor", ME, "audit:read" },
    { "checker", "", "authz:check" },
    { "sweeper", "", "service:sweep" },
    { "sealer", "", "service:seal" },
    { "refuser", "", "service:audit" },
    { "admin", ME, "*:*" },
};

static inline const struct standing *standing_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(standings); i++)
        if (strcmp(standings[i].name, name) == 0)
            return &standings[i];
    cr_assert_fail("nobody is %s", name);
    return NULL;
}

/* --- trying -------------------------------------------------------------- */

struct trial {
    struct connection *connection;
    const struct standing *as;
};

static inline void trial_script(const struct trial *trial, const char *text)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = connection_script(trial->connection, text_of(text), after_ms(60000),
                          &diag);
    cr_assert_eq(r, 0, "%s: %s (%s)", text, diag.detail, diag.cause);
}

static inline void trial_begin(const struct trial *trial)
{
    CLEANUP(memory_free) char *text = NULL;

    if (!trial->as->rights) {
        trial_script(trial, "BEGIN");
        return;
    }
    text = memory_format("BEGIN; SELECT set_config('app.user_id', '%s', true),"
                         " set_config('app.rights', '%s', true)",
                         trial->as->user_id, trial->as->rights);
    trial_script(trial, text);
}

/*
 * One row, and not refused? A row that others refer to is one that might be
 * removed, but for them.
 */
static inline bool trial_does(const struct trial *trial, const char *text)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct statement statement = { .name = "trial",
                                   .sql = text,
                                   .planned_anew = true };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    trial_begin(trial);
    r = connection_query(trial->connection, &statement, NULL, 0,
                         after_ms(60000), &rows, &diag);
    trial_script(trial, "ROLLBACK");
    if (r == 0)
        return rows_affected(rows) == 1;
    cr_expect(r == -ERR_FORBIDDEN || r == -ERR_REFERENCED, "%s: %s (%s)", text,
              diag.detail, diag.cause);
    return r == -ERR_REFERENCED;
}
