/* SPDX-License-Identifier: MIT */
/* Commands that look at a running instance, and at what it needs. */
#include "support/own_service.h"
#include "support/program.h"

#include <stdio.h>

enum { USAGE = 2, UNREACHABLE = 11, FOUND = 16, FAIL_STATUS = 2 };

#define NOBODY "http://127.0.0.1:1"

static const char *service_url(void)
{
    const char *url = getenv("SERVICE_URL");

    cr_assert_not_null(url);
    return url;
}

/* --- the table --- */

Test(verbs, help_of_a_command_needs_no_settings)
{
    struct said said;

    RUN(said, "migrate", "--listen=nonsense", "--help");
    cr_expect_eq(said.status, 0);
    cr_expect(says(&said, "usage: portcullis migrate up "), "%s", said.text);
    RUN(said, "serve", "--listn=127.0.0.1:80");
    cr_expect_eq(said.status, USAGE);
    cr_expect(says(&said, "did you mean --listen?"), "%s", said.text);
}

/* --- serve --- */

enum { MIGRATION = 9 };

Test(serve, refuses_a_schema_that_was_changed_by_hand, .timeout = 1200)
{
    struct said said;

    RUN(said, "sandbox", "--no-fsync", "--", "sh", "-c",
        "(export DATABASE_URL=$OWNER_DATABASE_URL;"
        " $PORTCULLIS_PROGRAM migrate up && psql -qX $DATABASE_URL"
        " -c 'ALTER TABLE bills RENAME COLUMN summary TO other') &&"
        " exec $PORTCULLIS_PROGRAM serve --listen=127.0.0.1:0");
    cr_expect_eq(said.status, MIGRATION, "%s", said.text);
    cr_expect(says(&said, "portcullis: the schema does not fit this program: "
                          "bills_"),
              "%s", said.text);
    cr_expect(says(&said, "column \"summary\""), "%s", said.text);
}

/* --- health --- */

Test(health, of_an_instance_that_passes_is_0)
{
    struct said said;

    RUN(said, "health", service_url());
    cr_expect_leq(said.status, 1, "%s", said.text);
    cr_expect(says(&said, "pass  uptime\n"), "%s", said.text);
    RUN(said, "health", service_url(), "--json");
    cr_expect(says(&said, "\"description\":\"Portcullis\""), "%s", said.text);
}

/* It serves, and a replica that nobody answers for is noticed in time. */
Test(health, of_an_instance_that_warns_is_1, .timeout = 1200)
{
    enum { TRIES = 600 };
    struct own_service own = own_service_start(
        "--database-replica-urls=postgresql://nobody@/there?host=/nonexistent");
    struct said said;
    int tries = 0;

    do
        RUN(said, "health", service_url());
    while (said.status != 1 && ++tries < TRIES && sleep(1) == 0);
    cr_expect_eq(said.status, 1, "%s", said.text);
    cr_expect(says(&said, "warn  replica replica_1: out\n"), "%s", said.text);
    own_service_stop(&own);
}

Test(health, of_nobody_is_2)
{
    struct said said;

    RUN(said, "health", NOBODY);
    cr_expect_eq(said.status, FAIL_STATUS);
    cr_expect(says(&said, "portcullis: "), "%s", said.text);
    RUN(said, "health", "nonsense:");
    cr_expect_eq(said.status, FAIL_STATUS);
}

/* --- wait --- */

Test(wait, ends_when_it_is_ready)
{
    struct said said;

    RUN(said, "wait", service_url(), "--timeout", "5");
    cr_expect_eq(said.status, 0, "%s", said.text);
    cr_expect(says(&said, "ready after "), "%s", said.text);
    RUN(said, "wait", "--database", "--timeout=5");
    cr_expect_eq(said.status, 0, "%s", said.text);
}

Test(wait, gives_up_when_the_time_is_over)
{
    struct said said;

    RUN(said, "wait", NOBODY, "--timeout=0");
    cr_expect_eq(said.status, UNREACHABLE, "%s", said.text);
    RUN(said, "wait", "--database", "--timeout=0",
        "--database-url=postgresql://nobody@/nothing?host=/nonexistent");
    cr_expect_eq(said.status, UNREACHABLE, "%s", said.text);
    RUN(said, "wait", "--timeout=soon");
    cr_expect_eq(said.status, USAGE, "%s", said.text);
}

/* --- doctor --- */

Test(doctor, finds_the_whole_path_fine)
{
    struct said said;

    RUN(said, "doctor", "--listen=127.0.0.1:0");
    cr_expect_eq(said.status, 0, "%s", said.text);
    cr_expect(says(&said, "fine      database "), "%s", said.text);
    cr_expect(says(&said, "fine      role          portcullis_service, bound "
                          "by row level security\n"),
              "%s", said.text);
    cr_expect(says(&said, "fine      migrations    all "), "%s", said.text);
    cr_expect(says(&said, "fine      row_security  on and forced on "), "%s",
              said.text);
    cr_expect(says(&said, "fine      redis "), "%s", said.text);
}

Test(doctor, names_each_failure_with_its_mend)
{
    struct said said;

    RUN(said, "doctor", "--redis-url=redis://127.0.0.1:1",
        "--database-url=postgresql://nobody@/nothing?host=/nonexistent",
        "--jwt-keys=/nonexistent/keys.pem");
    cr_expect_eq(said.status, FOUND, "%s", said.text);
    cr_expect(says(&said, "bad       database "), "%s", said.text);
    cr_expect(says(&said, "mend: check DATABASE_URL"), "%s", said.text);
    cr_expect(says(&said, "bad       redis "), "%s", said.text);
    cr_expect(says(&said, "skipped   migrations "), "%s", said.text);
    cr_expect(says(&said, "bad       files         jwt_keys: /nonexistent"),
              "%s", said.text);
}

static void owner_setting(char flag[static 2048])
{
    snprintf(flag, 2048, "--database-url=%s", getenv("OWNER_DATABASE_URL"));
}

Test(doctor, says_as_json_what_it_doubts)
{
    struct said said;
    char flag[2048];

    owner_setting(flag);
    RUN(said, "doctor", "--json", "--listen=127.0.0.1:0", flag);
    cr_expect_eq(said.status, 0, "%s", said.text);
    cr_expect(says(&said, "{\"check\":\"role\",\"verdict\":\"doubtful\","
                          "\"found\":\"portcullis_owner owns the tables\","
                          "\"mend\":\"let DATABASE_URL name "),
              "%s", said.text);
}

/* --- top --- */

#define TOKEN_VARIABLE "ADMIN_TOKEN"

Test(top, prints_one_frame_for_a_pipe)
{
    struct said said;

    cr_assert_eq(setenv("PORTCULLIS_TOKEN", getenv(TOKEN_VARIABLE), 1), 0);
    RUN(said, "top", service_url(), "--once", "--every", "1");
    cr_expect_eq(said.status, 0, "%s", said.text);
    cr_expect(says(&said, "portcullis top   http://"), "%s", said.text);
    cr_expect(says(&said, "\nrequests  "), "%s", said.text);
    cr_expect(says(&said, "\nSTATEMENT "), "%s", said.text);
    cr_expect_not(says(&said, "\033"), "%s", said.text);
}

Test(top, refuses_what_it_cannot_draw_on_or_ask)
{
    struct said said;

    RUN(said, "top", service_url());
    cr_expect_eq(said.status, USAGE);
    cr_expect(says(&said, "say --once"), "%s", said.text);
    RUN(said, "top", NOBODY, "--once");
    cr_expect_eq(said.status, UNREACHABLE, "%s", said.text);
    RUN(said, "top", "--token-file", "/nonexistent", "--once");
    cr_expect_eq(said.status, 3, "%s", said.text);
}

/* --- config diff --- */

Test(config, diff_names_what_is_set_otherwise_than_by_default)
{
    struct said said;

    RUN(said, "config", "diff", "--drain-timeout=7s");
    cr_expect_eq(said.status, 0, "%s", said.text);
    cr_expect(says(&said, "drain_timeout: 7s (flag --drain-timeout), there "
                          "20s\n"),
              "%s", said.text);
    cr_expect_not(says(&said, "loops: "), "%s", said.text);
    cr_expect_not(says(&said, "that-only-the-tests-know"),
                  "secrets are masked");
}

Test(config, diff_against_a_file_tells_by_its_status)
{
    char path[] = "/tmp/portcullis-config-XXXXXX";
    int fd = mkstemp(path);
    struct said said;

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, "DRAIN_TIMEOUT = 9s\n", 19), 19);
    RUN(said, "config", "diff", path, "--json");
    cr_expect_eq(said.status, FOUND, "%s", said.text);
    cr_expect(says(&said, "{\"setting\":\"drain_timeout\",\"here\":\"20s\","
                          "\"there\":\"9s\"}"),
              "%s", said.text);
    RUN(said, "config", "diff", path, "--config", path);
    cr_expect_eq(said.status, 0, "%s", said.text);
    cr_expect(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    cr_expect_eq(write(fd, "NONSENSE = 1\n", 13), 13);
    RUN(said, "config", "diff", path);
    cr_expect_neq(said.status, 0, "%s", said.text);
    close(fd);
    unlink(path);
}
