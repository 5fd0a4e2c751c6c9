/* SPDX-License-Identifier: MIT */
/* That nothing was forgotten, as the catalogue tells. */
#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

/* Each lists, by name, what breaks a rule of schema/README.md. */
static const struct rule {
    const char *name, *sql;
} rules[] = {
    { "every table has policies, which bind its owner",
      "SELECT relname FROM pg_class AS c"
      " WHERE relnamespace = 'public'::regnamespace"
      " AND relkind IN ('r', 'p') AND NOT (relrowsecurity"
      " AND relforcerowsecurity"
      " AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid))" },
    { "policies are for everybody and only permit",
      "SELECT polname FROM pg_policy"
      " WHERE polroles <> '{0}' OR NOT polpermissive" },
    { "no policy lets the log be changed",
      "SELECT polname FROM pg_policy WHERE polcmd NOT IN ('r', 'a')"
      " AND polrelid IN ('audit'::regclass, 'audit_seals'::regclass)" },
    { "views ask as who asks them",
      "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
      " AND relkind IN ('v', 'm') AND NOT coalesce(reloptions"
      " @> '{security_invoker=true}', false)" },
    { "no function runs as somebody else without a search_path of its own",
      "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
      " AND prosecdef AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting"
      " WHERE setting LIKE 'search_path=%')" },
    { "neither role bypasses policies",
      "SELECT rolname FROM pg_roles"
      " WHERE rolname IN ('portcullis_owner', 'portcullis_service')"
      " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
      " OR rolreplication)" },
    { "the service's role is no other's member",
      "SELECT roleid::regrole FROM pg_auth_members"
      " WHERE member = 'portcullis_service'::regrole" },
    { "the service's role owns nothing",
      "SELECT classid::regclass || ' ' || objid FROM pg_shdepend"
      " WHERE refobjid = 'portcullis_service'::regrole AND deptype = 'o'" },
    { "the service's role is granted reads and writes of rows only",
      "SELECT relname || ' ' || privilege_type FROM pg_class,"
      " aclexplode(relacl) WHERE grantee IN (0, 'portcullis_service'::regrole)"
      " AND relnamespace = 'public'::regnamespace AND (is_grantable"
      " OR privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE',"
      " 'USAGE'))" },
    { "the service's role makes nothing in the schema",
      "SELECT nspname FROM pg_namespace WHERE nspname = 'public'"
      " AND has_schema_privilege('portcullis_service', oid, 'CREATE')" },
    { "the log is granted for reading and adding only",
      "SELECT relname || ' ' || privilege_type FROM pg_class,"
      " aclexplode(relacl) WHERE relname LIKE 'audit%'"
      " AND grantee = 'portcullis_service'::regrole"
      " AND (relispartition OR privilege_type NOT IN ('SELECT', 'INSERT'))" },
};

/* Names between commas. */
static const char *broken(struct world *world, const struct rule *rule)
{
    CLEANUP(memory_free)
    char *text = memory_format("SELECT coalesce(string_agg(x::text, ','"
                               " ORDER BY x::text), '') FROM (%s) AS r (x)",
                               rule->sql);

    return world_ask(world, text);
}

ON_STORE(row_security_catalog, nothing_was_forgotten)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        cr_expect_str_eq(broken(world, &rules[i]), "", "%s: %s", rules[i].name,
                         broken(world, &rules[i]));
}

ON_STORE(row_security_catalog, what_is_forgotten_is_found)
{
    static const char *const finds[] = { "half,naked", "half_all", "", "seeing",
                                         "acting" };

    world_script(world, "BEGIN;"
                        "CREATE TABLE naked (id int);"
                        "CREATE TABLE half (id int);"
                        "ALTER TABLE half ENABLE ROW LEVEL SECURITY;"
                        "CREATE POLICY half_all ON half TO portcullis_service"
                        " USING (true);"
                        "CREATE VIEW seeing AS SELECT * FROM naked;"
                        "CREATE FUNCTION acting() RETURNS int LANGUAGE sql"
                        " SECURITY DEFINER RETURN 1");
    for (size_t i = 0; i < ARRAY_LEN(finds); i++)
        cr_expect_str_eq(broken(world, &rules[i]), finds[i], "%s: %s",
                         rules[i].name, broken(world, &rules[i]));
    world_script(world, "ROLLBACK");
}
