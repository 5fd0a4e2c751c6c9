/* SPDX-License-Identifier: MIT */
/* `portcullis profile`: statements by their names, with a server that measures
 * them. */
#include "admin/profile.h"

#include "admin/profile_names.h"
#include "admin/programs.h"
#include "admin/scratch_cluster.h"
#include "captured.h"
#include "house_database.h"

static struct captured captured;

static void set_up(void)
{
    captured_init(&captured);
}

static void tear_down(void)
{
    captured_fini(&captured);
}

TestSuite(profile, .init = set_up, .fini = tear_down, .timeout = 600);

static void expect_plain(const char *sql, const char *want)
{
    CLEANUP(buffer_fini) struct buffer plain = { 0 };

    buffer_init(&plain, 1024);
    profile_plain(text_of(sql), &plain);
    cr_expect(text_is(buffer_text(&plain), want), "%.*s",
              TEXT_ARG(buffer_text(&plain)));
}

Test(profile, takes_constants_and_parameters_for_the_same)
{
    expect_plain("SELECT a1 FROM t\n  WHERE b = $12 LIMIT 26",
                 "SELECT a1 FROM t WHERE b = ? LIMIT ?");
    expect_plain("SELECT 'it''s', $1::text", "SELECT ??, ?::text");
    expect_plain("it ends '", "it ends ?");
}

Test(profile, says_what_to_do_where_nothing_is_measured)
{
    struct profile_options options = {
        .driver = &postgres_driver,
        .url = test_url("OWNER_DATABASE_URL"),
        .top = 20,
    };

    captured_begin(&captured);
    cr_expect_eq(profile_main(&options), EXIT_CONFIG);
    expect_said(captured.scratch.words, "shared_preload_libraries");
}

/* --- with a server that measures --------------------------------------------
 */

/* The server's programs, with the library loaded. */
static void make_programs(void)
{
    struct cluster_programs programs;
    struct refusal why = { 0 };

    cr_assert_eq(cluster_programs_find(0, &programs, &why), 0, "%s", why.line);
    {
        CLEANUP(memory_free)
        char *postgres = memory_format(
            "#!/bin/sh\n[ \"$1\" = -D ] && exec %s -c"
            " shared_preload_libraries=pg_stat_statements \"$@\"\n"
            "exec %s \"$@\"\n",
            programs.postgres, programs.postgres);
        CLEANUP(memory_free)
        char *initdb =
            memory_format("#!/bin/sh\nexec %s \"$@\"\n", programs.initdb);

        scratch_write(&captured.scratch, "postgres", postgres, 0755);
        scratch_write(&captured.scratch, "initdb", initdb, 0755);
    }
    cluster_programs_fini(&programs);
    setenv("PORTCULLIS_POSTGRES_BIN", captured.scratch.path, 1);
}

static int ask_some(struct connection *connection, void *arg, struct diag *diag)
{
    const struct queries *queries = arg;
    struct text params[2] = { TEXT("{01890000-0000-7000-8000-000000000000}"),
                              TEXT_NULL };
    int r = 0;

    for (unsigned i = 0; r == 0 && i < queries->count; i++)
        if (strcmp(queries->list[i].statement.name, "bills_by_id") == 0)
            for (int k = 0; r == 0 && k < 7; k++)
                r = connection_query(connection, &queries->list[i].statement,
                                     params, 1, DEADLINE_NEVER, NULL, diag);
    return r;
}

static int prepare(const char *url)
{
    CLEANUP(queries_fini) struct queries queries = { 0 };
    struct fresh_database there = { 0 };
    struct diag diag;

    snprintf(there.owner_url, sizeof(there.owner_url), "%s", url);
    fresh_admin_at(url, "CREATE EXTENSION pg_stat_statements");
    house_migrate(&there);
    diag_init(&diag, NULL);
    cr_assert_eq(queries_make(&queries, QUERIES_FIXED, &diag), 0);
    return database_session(&postgres_driver, text_of(url), ask_some, &queries,
                            &diag);
}

static int profile_there(void)
{
    CLEANUP(memory_free)
    char *metrics = memory_format("%s/metrics", captured.scratch.path);
    struct scratch_cluster scratch;
    struct refusal why = { 0 };
    int r = scratch_cluster_start(&scratch, 0, &why);

    if (r == 0)
        r = prepare(scratch.url);
    if (r == 0) {
        struct profile_options options = { .driver = &postgres_driver,
                                           .url = scratch.url,
                                           .metrics = metrics,
                                           .top = 1000,
                                           .json = true };

        r = profile_main(&options);
    }
    scratch_cluster_end(&scratch);
    return r;
}

Test(profile, names_statements_and_puts_both_measures_side_by_side)
{
    pid_t pid;

    scratch_write(
        &captured.scratch, "metrics",
        "db_client_operation_duration_seconds_count{db_operation_name="
        "\"bills_by_id\",error_type=\"\"} 40\n"
        "db_client_operation_duration_seconds_sum{db_operation_name="
        "\"bills_by_id\",error_type=\"\"} 0.1\n",
        0644);
    make_programs();
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        captured_begin(&captured);
        _exit(profile_there() & 127);
    }
    cr_expect_eq(wait_status(pid), EXIT_OK);
    expect_said(captured.out, "{\"name\":\"bills_by_id\",\"calls\":7,");
    expect_said(captured.out, "\"service_calls\":40,\"service_mean_ms\":2.500");
    expect_said(captured.out, "{\"name\":null,");
}
