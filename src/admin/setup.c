/* SPDX-License-Identifier: MIT */
#include "admin/setup.h"

#include "admin/cluster.h"
#include "admin/setup_parts.h"
#include "admin/url.h"
#include "base/memory.h"
#include "database/session.h"

#include <stdio.h>
#include <string.h>

enum {
    ASK_MS = 10000,
    VERSION_MIN = CLUSTER_MAJOR_MIN * 10000,
    SQL_BYTES_MAX = 256 * 1024,
    NAME_BYTES_MAX = 63
};

struct setup {
    const struct setup_options *options;
    struct report report;
    struct refusal why;
    struct diag diag;
    bool has_owner, has_service, has_database, has_grants, has_extra;
    char *there; /* the URL in the new database, as who we are */
};

/* --- what is there --------------------------------------------------------
 */

static const struct statement question = {
    .name = "setup_question",
    .sql = "SELECT r.rolsuper, current_setting('server_version_num')::int,"
           " EXISTS (SELECT FROM pg_roles WHERE rolname = $1),"
           " EXISTS (SELECT FROM pg_roles WHERE rolname = $2),"
           " EXISTS (SELECT FROM pg_database WHERE datname = $3),"
           " EXISTS (SELECT FROM pg_database WHERE datname = $3 AND NOT EXISTS"
           " (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba)))"
           " WHERE grantee = 0) AND EXISTS (SELECT FROM aclexplode(datacl) x"
           " JOIN pg_roles g ON g.oid = x.grantee WHERE g.rolname = $2"
           " AND x.privilege_type = 'TEMPORARY'))"
           " FROM pg_roles r WHERE r.rolname = current_user",
};

static int check_server(struct setup *setup, const struct rows *rows)
{
    int64_t version = 0;

    if (!text_to_int64(rows_get(rows, 0, 1), &version) || version < VERSION_MIN)
        return refuse(&setup->why, EXIT_WRONG_VERSION,
                      "the server is PostgreSQL %lld: %d or newer is needed",
                      (long long)version / 10000, CLUSTER_MAJOR_MIN);
    if (!text_is(rows_get(rows, 0, 0), "t"))
        return refuse(
            &setup->why, EXIT_CONFIG,
            "DATABASE_URL must be a superuser's; or have one run what "
            "--dry-run prints, and then migrate and seed as the "
            "owner");
    return 0;
}

static int look(struct connection *connection, void *arg, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct setup *setup = arg;
    const struct text params[] = { text_of(setup->options->owner),
                                   TEXT(CLUSTER_SERVICE),
                                   text_of(setup->options->database) };
    int r = connection_query(connection, &question, params, 3,
                             deadline_after(clock_monotonic_ns(), ASK_MS),
                             &rows, diag);

    if (r < 0)
        return r;
    setup->has_owner = text_is(rows_get(rows, 0, 2), "t");
    setup->has_service = text_is(rows_get(rows, 0, 3), "t");
    setup->has_database = text_is(rows_get(rows, 0, 4), "t");
    setup->has_grants = text_is(rows_get(rows, 0, 5), "t");
    if (setup->options->dry_run && !text_is(rows_get(rows, 0, 0), "t"))
        return 0; /* it may be printed for somebody who is one */
    return check_server(setup, rows);
}

/* --- doing it, or saying what ---------------------------------------------
 */

/* A literal, with standard conforming strings. */
static void add_literal(struct buffer *out, struct text value)
{
    buffer_add_byte(out, '\'');
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '\'')
            buffer_add_byte(out, '\'');
        buffer_add_byte(out, value.at[i]);
    }
    buffer_add_byte(out, '\'');
}

/* As psql takes it, whether or not a file ended its last statement. */
static void print_script(const char *sql)
{
    size_t len = strlen(sql);

    while (len > 0 && strchr("; \n", sql[len - 1]))
        len--;
    printf("%.*s;\n", (int)len, sql);
}

/* One script; prints it instead in a dry run. */
static int run(struct setup *setup, const char *url, const char *sql)
{
    if (!setup->options->dry_run)
        return setup__script(setup->options->driver, url, sql, &setup->diag);
    if (!setup->options->json)
        print_script(sql);
    return 0;
}

static int step(struct setup *setup, const char *name, bool there,
                const char *url, const char *sql)
{
    int r;

    report_step(&setup->report, "%s", name);
    if (there) {
        report_done(&setup->report, "there already");
        return 0;
    }
    r = run(setup, url, sql);
    if (r == 0)
        report_done(&setup->report, "%s",
                    setup->options->dry_run ? "would be made" : "made");
    return r;
}

static int make_role(struct setup *setup, const char *role, bool there)
{
    CLEANUP(memory_free)
    char *name = memory_format("role %s", role);
    CLEANUP(memory_free)
    char *sql = memory_format("CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB "
                              "NOCREATEROLE NOREPLICATION NOBYPASSRLS",
                              role);

    return step(setup, name, there, setup->options->url, sql);
}

/* What is said of a statement is kept out of the server's log. */
static int set_password(struct setup *setup, const char *role,
                        struct text password)
{
    CLEANUP(buffer_fini) struct buffer sql = { 0 };
    CLEANUP(memory_free) char *name = NULL;
    bool dry = setup->options->dry_run;

    if (text_is_null(password))
        return 0;
    name = memory_format("password of %s", role);
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_add_format(&sql,
                      "SET log_statement = 'none'; SET "
                      "log_min_error_statement = 'panic'; ALTER ROLE %s "
                      "PASSWORD ",
                      role);
    add_literal(&sql, dry ? TEXT("***") : password);
    buffer_add_byte(&sql, '\0');
    return step(setup, name, false, setup->options->url, sql.at);
}

static int make_roles(struct setup *setup)
{
    const struct setup_options *options = setup->options;
    int r = make_role(setup, options->owner, setup->has_owner);

    if (r == 0)
        r = set_password(setup, options->owner, options->owner_password);
    if (r == 0)
        r = make_role(setup, CLUSTER_SERVICE, setup->has_service);
    if (r == 0)
        r = set_password(setup, CLUSTER_SERVICE, options->service_password);
    return r;
}

static int make_database(struct setup *setup)
{
    const struct setup_options *options = setup->options;
    const char *name = options->database;
    CLEANUP(memory_free)
    char *title = memory_format("database %s", name);
    CLEANUP(memory_free)
    char *create = memory_format("CREATE DATABASE %s OWNER %s TEMPLATE "
                                 "template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'",
                                 name, options->owner);
    CLEANUP(memory_free)
    char *grant = memory_format("REVOKE ALL ON DATABASE %s FROM PUBLIC; GRANT "
                                "CONNECT, TEMPORARY ON DATABASE %s TO %s",
                                name, name, CLUSTER_SERVICE);
    int r = step(setup, title, setup->has_database, options->url, create);

    return r == 0 ? step(setup, "who may connect", setup->has_grants,
                         options->url, grant)
                  : r;
}

static int make_extra(struct setup *setup)
{
    int r = 0;

    if (setup->options->dry_run && !setup->options->json)
        printf("\\connect %s\n", setup->options->database);
    for (const struct embedded_file *file = setup->options->extra;
         file->name && r == 0; file++) {
        CLEANUP(memory_free)
        char *sql = memory_copy(file->begin, (size_t)(file->end - file->begin));

        r = step(setup, file->name, setup->has_extra, setup->there, sql);
    }
    return r;
}

static int make_schema(struct setup *setup)
{
    const struct setup_options *options = setup->options;
    CLEANUP(memory_free)
    char *url = url_as_role(setup->there, options->owner);
    const struct setup_schema schema = { .driver = options->driver,
                                         .files = options->files,
                                         .url = url,
                                         .seed = options->seed,
                                         .report = &setup->report };

    if (!options->dry_run)
        return setup__schema(&schema, &setup->diag);
    if (!options->json)
        printf("-- then, as %s: portcullis migrate up%s\n", options->owner,
               options->seed ? "; portcullis seed" : "");
    return 0;
}

/* --- the command ----------------------------------------------------------
 */

static int look_extra(struct connection *connection, void *arg,
                      struct diag *diag)
{
    static const struct statement leakproof = {
        .name = "setup_leakproof",
        .sql = "SELECT proleakproof FROM pg_proc WHERE oid ="
               " 'pg_catalog.texticlike(text, text)'::regprocedure",
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct setup *setup = arg;
    int r = connection_query(connection, &leakproof, NULL, 0,
                             deadline_after(clock_monotonic_ns(), ASK_MS),
                             &rows, diag);

    setup->has_extra = r == 0 && text_is(rows_get(rows, 0, 0), "t");
    return r;
}

static int look_around(struct setup *setup)
{
    const struct setup_options *options = setup->options;
    int r = database_session(options->driver, text_of(options->url), look,
                             setup, &setup->diag);

    if (r == 0 && setup->has_database)
        r = database_session(options->driver, text_of(setup->there), look_extra,
                             setup, &setup->diag);
    return r;
}

static int check_name(struct setup *setup, const char *what, const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (len > 0 && len <= NAME_BYTES_MAX && name[len] == '\0' &&
        (name[0] < '0' || name[0] > '9'))
        return 0;
    return refuse(&setup->why, EXIT_USAGE,
                  "a %s's name is of a-z, 0-9 and _, not \"%s\"", what, name);
}

static int work(struct setup *setup)
{
    int r = check_name(setup, "database", setup->options->database);

    if (r == 0)
        r = check_name(setup, "role", setup->options->owner);
    if (r == 0)
        r = look_around(setup);
    if (r == 0)
        r = make_roles(setup);
    if (r == 0)
        r = make_database(setup);
    if (r == 0)
        r = make_extra(setup);
    return r == 0 ? make_schema(setup) : r;
}

int setup_command(const struct setup_options *options)
{
    struct setup setup = { .options = options };
    int r;

    diag_init(&setup.diag, NULL);
    report_begin(&setup.report, "setup", options->json);
    setup.there = url_with_database(options->url, options->database);
    r = work(&setup);
    if (r < 0)
        setup__refuse(r, &setup.diag, &setup.why);
    memory_free(&setup.there);
    fflush(stdout);
    return report_end(&setup.report, &setup.why);
}
