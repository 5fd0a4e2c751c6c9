/* SPDX-License-Identifier: MIT */
/*
 * What row level security lets whom do, asked of the database itself, as the
 * service's role: every table, every verb, every class of caller. What stands
 * in no row of the table below is nothing at all.
 */
#include "trial.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

/* --- rows ------------------------------------------------------------------
 */

struct specimen {
    char letter;
    const char *where;
};

struct table {
    const char *name;
    struct specimen rows[6];
    const char *change; /* of a row, by SET */
    const char *values; /* of a new one */
    bool kept;          /* has deleted_at */
};

/* clang-format off */
#define ROW(letter, column, value) { letter, column " = '" value "'" }
#define RESOURCE_ROWS(m, o, d, x)                    \
    { ROW('m', "id", m), ROW('o', "id", o),          \
      ROW('d', "id", d), ROW('x', "id", x) }
#define OF_NOBODY(o, x) { ROW('o', "id", o), ROW('x', "id", x) }
#define OF_USER { ROW('m', "user_id", ME), ROW('o', "user_id", OTHERS) }
#define OF_BILL                                                  \
    { ROW('m', "bill_id", ID(51)), ROW('o', "bill_id", ID(52)),  \
      ROW('d', "bill_id", ID(53)), ROW('x', "bill_id", ID(54)) }

static const struct table tables[] = {
    { "users", { ROW('m', "id", ME), ROW('o', "id", OTHERS), ROW('x', "id", ID(04)) },
      "display_name = 'new'",
      "(email, display_name, created_by) VALUES ('n@x', 'n', acting_user())", true },
    { "permissions", OF_NOBODY(ID(12), ID(14)),
      "description = 'new'",
      "(key, created_by) VALUES ('a:n', acting_user())", true },
    { "roles", OF_NOBODY(ID(22), ID(24)),
      "name = 'new'",
      "(key, name, created_by) VALUES ('new', 'n', acting_user())", true },
    { "role_permissions", { ROW('o', "role_id", ID(22)) },
      "created_at = now()",
      "VALUES ('" ID(24) "', '" ID(12) "')", false },
    { "role_parents", { ROW('o', "role_id", ID(24)) },
      "created_at = now()",
      "VALUES ('" ID(22) "', '" ID(24) "')", false },
    { "user_roles", OF_USER,
      "expires_at = now()",
      "VALUES ('" ID(04) "', '" ID(22) "')", false },
    { "user_permissions", OF_USER,
      "expires_at = now()",
      "VALUES ('" ID(04) "', '" ID(12) "')", false },
    { "api_keys", RESOURCE_ROWS(ID(31), ID(32), ID(33), ID(34)),
      "name = 'new'",
      "(user_id, name, secret_hash, created_by)"
      " VALUES ('" OTHERS "', 'n', sha256('n'), acting_user())", true },
    { "people", OF_NOBODY(ID(42), ID(44)),
      "full_name = 'new'",
      "(bioguide, full_name, created_by) VALUES ('N', 'n', acting_user())", true },
    { "bills", RESOURCE_ROWS(ID(51), ID(52), ID(53), ID(54)),
      "title = 'new'",
      "(session, type, number, chamber, title, introduced_on, created_by)"
      " VALUES ('r', 'hr', 9, 'house', 'n', now(), acting_user())", true },
    { "bill_types", { ROW('o', "type", "hr") },
      "name = 'new'",
      "VALUES ('sconres', 'n')", false },
    { "bill_actions", OF_BILL,
      "text = 'new'",
      "(bill_id, seq, acted_on, text) VALUES ('" ID(52) "', 9, now(), 'n')", false },
    { "bill_cosponsors", OF_BILL,
      "person_id = person_id",
      "VALUES ('" ID(52) "', '" ID(44) "')", false },
    { "idempotency_keys",
      { ROW('m', "key", "m"), ROW('o', "key", "o"), ROW('k', "key", "k"),
        ROW('q', "key", "q"), ROW('a', "key", "a"), ROW('e', "key", "e") },
      "status = 204",
      "(caller, key, request_hash) VALUES ('user:" OTHERS "', 'n', sha256(''))", false },
    { "audit", { ROW('o', "action = 'create' AND resource_id", ID(52)) },
      "action = 'new'",
      "(action, resource_type) VALUES ('new', 'new')", false },
    { "audit_seals", { ROW('o', "number", "1") },
      "system = 2",
      "VALUES (2, now(), 1, pg_current_snapshot(), ARRAY[now()],"
      " ARRAY['" ID(72) "'::uuid], ARRAY[sha256('')], sha256(''))", false },
    { "schema_migrations", { ROW('o', "number = 1 AND domain", "bills") },
      "duration_ms = 0",
      "(domain, number, name, sha256, duration_ms) VALUES ('n', 1, 'n', 'n', 1)", false },
    { "cache_control", { ROW('o', "id", "true") },
      "rights = rights + 1",
      "VALUES (false)", false },
    { "cache_mode", { ROW('o', "id", "true") },
      "mode = 'off'",
      "VALUES (false)", false },
    { "outside_writes", { ROW('o', "resource", "seen") },
      "version = 1",
      "(resource) VALUES ('n')", false },
    { "instances", { ROW('o', "id", ID(61)) },
      "beat_at = now()",
      "VALUES ('" ID(62) "', now(), 1)", false },
};
/* clang-format on */

/* --- what is expected ------------------------------------------------------
 */

enum verb { SEE, CHANGE, DELETE, RESTORE, PURGE, VERBS };

struct expected {
    const char *table, *as;
    const char *letters[VERBS];
    bool inserts;
};

/* clang-format off */
static const struct expected expectations[] = {
    /* table            as            sees    changes deletes restores purges  inserts */
    { "users",          "viewer",     { "m",    "m",    "",     "",      "" },     false },
    { "users",          "editor",     { "m",    "m",    "",     "",      "" },     false },
    { "users",          "clerk",      { "",     "",     "",     "",      "" },     true },
    { "users",          "granter",    { "mo",   "",     "",     "",      "" },     false },
    { "users",          "checker",    { "mo",   "",     "",     "",      "" },     false },
    { "users",          "admin",      { "mox",  "mox",   "mo",   "x",     "mox" },    true },
    { "permissions",    "viewer",     { "o",    "",     "",     "",      "" },     false },
    { "permissions",    "nobody's own", { "o",  "",     "",     "",      "" },     false },
    { "permissions",    "editor",     { "o",    "",     "",     "",      "" },     false },
    { "permissions",    "granter",    { "o",    "",     "",     "",      "" },     false },
    { "permissions",    "role maker", { "o",    "",     "",     "",      "" },     false },
    { "permissions",    "checker",    { "o",    "",     "",     "",      "" },     false },
    { "permissions",    "admin",      { "ox",   "ox",    "o",    "x",     "ox" },    true },
    { "roles",          "viewer",     { "o",    "",     "",     "",      "" },     false },
    { "roles",          "nobody's own", { "o",  "",     "",     "",      "" },     false },
    { "roles",          "editor",     { "o",    "",     "",     "",      "" },     false },
    { "roles",          "granter",    { "o",    "",     "",     "",      "" },     false },
    { "roles",          "role maker", { "o",    "o",    "o",    "",      "" },     true },
    { "roles",          "checker",    { "o",    "",     "",     "",      "" },     false },
    { "roles",          "admin",      { "ox",   "ox",    "o",    "x",     "ox" },    true },
    { "role_permissions", "viewer",   { "o",    "",     "",     "",      "" },     false },
    { "role_permissions", "nobody's own", { "o", "",    "",     "",      "" },     false },
    { "role_permissions", "editor",   { "o",    "",     "",     "",      "" },     false },
    { "role_permissions", "granter",  { "o",    "",     "",     "",      "" },     false },
    { "role_permissions", "role maker", { "o",  "o",    "",     "",      "o" },    true },
    { "role_permissions", "checker",  { "o",    "",     "",     "",      "" },     false },
    { "role_permissions", "admin",    { "o",    "o",    "",     "",      "o" },    true },
    { "role_parents",   "viewer",     { "o",    "",     "",     "",      "" },     false },
    { "role_parents",   "nobody's own", { "o",  "",     "",     "",      "" },     false },
    { "role_parents",   "editor",     { "o",    "",     "",     "",      "" },     false },
    { "role_parents",   "granter",    { "o",    "",     "",     "",      "" },     false },
    { "role_parents",   "role maker", { "o",    "o",    "",     "",      "o" },    true },
    { "role_parents",   "checker",    { "o",    "",     "",     "",      "" },     false },
    { "role_parents",   "admin",      { "o",    "o",    "",     "",      "o" },    true },
    { "user_roles",     "viewer",     { "m",    "",     "",     "",      "" },     false },
    { "user_roles",     "editor",     { "m",    "",     "",     "",      "" },     false },
    { "user_roles",     "granter",    { "mo",   "mo",   "",     "",      "mo" },   true },
    { "user_roles",     "role maker", { "mo",   "",     "",     "",      "" },     false },
    { "user_roles",     "checker",    { "mo",   "",     "",     "",      "" },     false },
    { "user_roles",     "admin",      { "mo",   "mo",   "",     "",      "mo" },   true },
    { "user_permissions", "viewer",   { "m",    "",     "",     "",      "" },     false },
    { "user_permissions", "editor",   { "m",    "",     "",     "",      "" },     false },
    { "user_permissions", "granter",  { "mo",   "mo",   "",     "",      "mo" },   true },
    { "user_permissions", "role maker", { "mo", "",     "",     "",      "" },     false },
    { "user_permissions", "checker",  { "mo",   "",     "",     "",      "" },     false },
    { "user_permissions", "admin",    { "mo",   "mo",   "",     "",      "mo" },   true },
    /* one's own keys without a right to them: with any other at all */
    { "api_keys",       "viewer",     { "m",    "",     "m",    "",      "" },     false },
    { "api_keys",       "editor",     { "m",    "",     "m",    "",      "" },     false },
    { "api_keys",       "author",     { "m",    "",     "m",    "",      "" },     false },
    { "api_keys",       "archivist",  { "m",    "",     "m",    "",      "" },     false },
    { "api_keys",       "deleter",    { "m",    "",     "m",    "",      "" },     false },
    { "api_keys",       "clerk",      { "m",    "",     "m",    "",      "" },     false },
    { "api_keys",       "granter",    { "m",    "",     "m",    "",      "" },     false },
    { "api_keys",       "role maker", { "m",    "",     "m",    "",      "" },     false },
    { "api_keys",       "auditor",    { "m",    "",     "m",    "",      "" },     false },
    { "api_keys",       "keeper",     { "mo",   "",     "mo",   "",      "" },     true },
    { "api_keys",       "checker",    { "mo",   "",     "",     "",      "" },     false },
    { "api_keys",       "admin",      { "modx", "modx",   "mo",   "dx",    "modx" }, true },
    { "people",         "anonymous",  { "o",    "",     "",     "",      "" },     false },
    { "people",         "viewer",     { "o",    "",     "",     "",      "" },     false },
    { "people",         "nobody's own", { "o",  "",     "",     "",      "" },     false },
    { "people",         "editor",     { "o",    "",     "",     "",      "" },     false },
    { "people",         "author",     { "o",    "",     "",     "",      "" },     false },
    { "people",         "clerk",      { "",     "",     "",     "",      "" },     true },
    { "people",         "checker",    { "o",    "",     "",     "",      "" },     false },
    { "people",         "admin",      { "ox",   "ox",    "o",    "x",     "ox" },    true },
    { "bills",          "anonymous",  { "mo",   "",     "",     "",      "" },     false },
    { "bills",          "viewer",     { "mo",   "",     "",     "",      "" },     false },
    { "bills",          "editor",     { "mo",   "mo",   "mo",   "",      "" },     true },
    { "bills",          "author",     { "mo",   "m",    "m",    "",      "" },     false },
    { "bills",          "archivist",  { "modx", "",     "",     "dx",    "modx" }, false },
    { "bills",          "deleter",    { "modx", "",     "mo",   "dx",    "" },     false },
    { "bills",          "checker",    { "mo",   "",     "",     "",      "" },     false },
    { "bills",          "admin",      { "modx", "modx",   "mo",   "dx",    "modx" }, true },
    { "bill_types",     "anonymous",  { "o",    "",     "",     "",      "" },     false },
    { "bill_types",     "viewer",     { "o",    "",     "",     "",      "" },     false },
    { "bill_types",     "nobody's own", { "o",  "",     "",     "",      "" },     false },
    { "bill_types",     "editor",     { "o",    "",     "",     "",      "" },     false },
    { "bill_types",     "author",     { "o",    "",     "",     "",      "" },     false },
    { "bill_types",     "admin",      { "o",    "",     "",     "",      "" },     false },
    { "bill_actions",   "anonymous",  { "mo",   "",     "",     "",      "" },     false },
    { "bill_actions",   "viewer",     { "mo",   "",     "",     "",      "" },     false },
    { "bill_actions",   "editor",     { "mo",   "mo",   "",     "",      "mo" },   true },
    { "bill_actions",   "author",     { "mo",   "m",    "",     "",      "m" },    false },
    { "bill_actions",   "archivist",  { "modx", "",     "",     "",      "" },     false },
    { "bill_actions",   "deleter",    { "modx", "",     "",     "",      "" },     false },
    { "bill_actions",   "checker",    { "mo",   "",     "",     "",      "" },     false },
    { "bill_actions",   "admin",      { "modx", "modx", "",     "",      "modx" }, true },
    { "bill_cosponsors", "anonymous", { "mo",   "",     "",     "",      "" },     false },
    { "bill_cosponsors", "viewer",    { "mo",   "",     "",     "",      "" },     false },
    { "bill_cosponsors", "editor",    { "mo",   "mo",   "",     "",      "mo" },   true },
    { "bill_cosponsors", "author",    { "mo",   "m",    "",     "",      "m" },    false },
    { "bill_cosponsors", "archivist", { "modx", "",     "",     "",      "" },     false },
    { "bill_cosponsors", "deleter",   { "modx", "",     "",     "",      "" },     false },
    { "bill_cosponsors", "checker",   { "mo",   "",     "",     "",      "" },     false },
    { "bill_cosponsors", "admin",     { "modx", "modx", "",     "",      "modx" }, true },
    { "idempotency_keys", "nobody's own", { "a", "a",   "",     "",      "a" },    false },
    { "idempotency_keys", "anonymous", { "a",   "a",    "",     "",      "a" },    false },
    { "idempotency_keys", "viewer",   { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "editor",   { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "author",   { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "archivist", { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "deleter",  { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "clerk",    { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "granter",  { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "role maker", { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "keeper",   { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "auditor",  { "mk",  "mk",   "",     "",      "mk" },    false },
    { "idempotency_keys", "checker",  { "a",    "a",    "",     "",      "a" },    false },
    { "idempotency_keys", "sweeper",  { "ae",   "a",    "",     "",      "ae" },   false },
    { "idempotency_keys", "sealer",   { "a",    "a",    "",     "",      "a" },    false },
    { "idempotency_keys", "refuser",  { "a",    "a",    "",     "",      "a" },    false },
    { "idempotency_keys", "admin",    { "mokqae", "mokqae", "",     "",      "mokqae" }, true },
    /* whoever has a right writes of what they do; nobody changes it */
    { "audit",          "nobody's own", { "",   "",     "",     "",      "" },     true },
    { "audit",          "anonymous",  { "",     "",     "",     "",      "" },     true },
    { "audit",          "viewer",     { "",     "",     "",     "",      "" },     true },
    { "audit",          "editor",     { "",     "",     "",     "",      "" },     true },
    { "audit",          "author",     { "",     "",     "",     "",      "" },     true },
    { "audit",          "archivist",  { "",     "",     "",     "",      "" },     true },
    { "audit",          "deleter",    { "",     "",     "",     "",      "" },     true },
    { "audit",          "clerk",      { "",     "",     "",     "",      "" },     true },
    { "audit",          "granter",    { "",     "",     "",     "",      "" },     true },
    { "audit",          "role maker", { "",     "",     "",     "",      "" },     true },
    { "audit",          "keeper",     { "",     "",     "",     "",      "" },     true },
    { "audit",          "auditor",    { "o",    "",     "",     "",      "" },     true },
    { "audit",          "checker",    { "",     "",     "",     "",      "" },     true },
    { "audit",          "sweeper",    { "",     "",     "",     "",      "" },     true },
    { "audit",          "sealer",     { "o",    "",     "",     "",      "" },     true },
    { "audit",          "refuser",    { "",     "",     "",     "",      "" },     true },
    { "audit",          "admin",      { "o",    "",     "",     "",      "" },     true },
    { "audit_seals",    "auditor",    { "o",    "",     "",     "",      "" },     false },
    { "audit_seals",    "sealer",     { "o",    "",     "",     "",      "" },     true },
    { "audit_seals",    "admin",      { "o",    "",     "",     "",      "" },     true },
};
/* clang-format on */

/* What is no secret, is asked before anybody is known, and harms nobody. */
static const struct expected everybodys[] = {
    { "schema_migrations", NULL, { "o", "", "", "", "" }, false },
    { "cache_control", NULL, { "o", "o", "", "", "" }, false },
    { "cache_mode", NULL, { "o", "o", "", "", "" }, false },
    { "outside_writes", NULL, { "o", "", "", "", "o" }, true },
    { "instances", NULL, { "o", "o", "", "", "o" }, true },
};

static struct expected expected_of(const struct table *table,
                                   const struct standing *as)
{
    struct expected none = {
        table->name, as->name, { "", "", "", "", "" }, false
    };

    for (size_t i = 0; i < ARRAY_LEN(everybodys); i++)
        if (strcmp(everybodys[i].table, table->name) == 0)
            return everybodys[i];
    for (size_t i = 0; i < ARRAY_LEN(expectations); i++)
        if (strcmp(expectations[i].table, table->name) == 0 &&
            strcmp(expectations[i].as, as->name) == 0)
            return expectations[i];
    return none;
}

/* --- asking ----------------------------------------------------------------
 */

static char *text_of_verb(enum verb verb, const struct table *table,
                          const char *where)
{
    const char *returning = table->kept ? " RETURNING id" : "";

    switch (verb) {
    case SEE:
        return memory_format("SELECT 1 FROM %s WHERE %s", table->name, where);
    case CHANGE:
        return memory_format("UPDATE %s SET %s WHERE %s%s", table->name,
                             table->change, where, returning);
    case DELETE:
        return memory_format("UPDATE %s SET deleted_at = now() WHERE %s"
                             " AND deleted_at IS NULL RETURNING id",
                             table->name, where);
    case RESTORE:
        return memory_format("UPDATE %s SET deleted_at = NULL WHERE %s"
                             " AND deleted_at IS NOT NULL RETURNING id",
                             table->name, where);
    default:
        return memory_format("DELETE FROM %s WHERE %s%s", table->name, where,
                             returning);
    }
}

static void expect_rows(const struct trial *trial, const struct table *table,
                        enum verb verb, const char *letters)
{
    static const char *const names[VERBS] = { "sees", "changes", "deletes",
                                              "restores", "purges" };
    const struct specimen *row = table->rows;
    char did[ARRAY_LEN(table->rows) + 1] = "";
    size_t len = 0;

    for (size_t i = 0; i < ARRAY_LEN(table->rows) && row[i].letter; i++) {
        CLEANUP(memory_free)
        char *text = text_of_verb(verb, table, row[i].where);

        if (trial_does(trial, text))
            did[len++] = row[i].letter;
    }
    cr_expect_str_eq(did, letters, "%s %s of %s: \"%s\", not \"%s\"",
                     trial->as->name, names[verb], table->name, did, letters);
}

static void expect_all(const struct trial *trial, const struct table *table)
{
    struct expected expected = expected_of(table, trial->as);
    CLEANUP(memory_free)
    char *insert =
        memory_format("INSERT INTO %s %s%s", table->name, table->values,
                      table->kept ? " RETURNING id" : "");

    for (enum verb verb = SEE; verb < VERBS; verb++)
        if (table->kept || (verb != DELETE && verb != RESTORE))
            expect_rows(trial, table, verb, expected.letters[verb]);
    cr_expect_eq(trial_does(trial, insert), expected.inserts, "%s %s into %s",
                 trial->as->name,
                 expected.inserts ? "cannot insert" : "inserts", table->name);
}

ON_STORE(row_security, lets_everyone_do_what_their_rights_are_for)
{
    CLEANUP(connection_close)
    struct connection *service = test_open(test_url("STORE_TEST_SERVICE"));
    struct trial trial = { .connection = service };

    world_script(world, trial_fixture);
    world_script(world, "INSERT INTO audit_seals VALUES (1, now(), 1,"
                        " pg_current_snapshot(), ARRAY[now()], ARRAY['" ID(
                            71) "'::uuid], ARRAY[sha256('')], sha256(''))");
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (size_t c = 0; c < ARRAY_LEN(standings); c++) {
            trial.as = &standings[c];
            expect_all(&trial, &tables[t]);
        }
}

static bool is_tried(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        if (text_is(name, tables[i].name))
            return true;
    return false;
}

ON_STORE(row_security, is_tried_on_every_table)
{
    struct text all = text_of(
        world_ask(world, "SELECT string_agg(relname, ',') FROM pg_class"
                         " WHERE relnamespace = 'public'::regnamespace"
                         " AND relkind IN ('r', 'p') AND NOT relispartition"));
    struct text name;
    size_t count = 0;

    for (; text_cut(&all, ',', &name); count++)
        cr_expect(is_tried(name), "no row of the table above is about %.*s",
                  TEXT_ARG(name));
    cr_expect_eq(count, ARRAY_LEN(tables));
}
