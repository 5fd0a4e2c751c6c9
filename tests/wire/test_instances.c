/* SPDX-License-Identifier: MIT */
/*
 * Several services on one database, as far as the table of the living ones
 * tells. What they do to each other's memory: store/test_rights_settle.c.
 */
#include "support/made.h"
#include "support/own_service.h"

#include <time.h>

/* What psql says to a question of the owner's. */
static long ask(const char *question)
{
    const char *url = getenv("OWNER_DATABASE_URL");
    char command[2048], answer[64] = "";
    FILE *psql;

    cr_assert_not_null(url);
    snprintf(command, sizeof(command),
             "psql -qAtX -v ON_ERROR_STOP=1 '%s' -c \"%s\"", url, question);
    psql = popen(command, "r");
    cr_assert_not_null(psql);
    cr_assert_not_null(fgets(answer, sizeof(answer), psql), "%s", question);
    cr_assert_eq(pclose(psql), 0);
    return strtol(answer, NULL, 10);
}

static long instances(void)
{
    return ask("SELECT count(*) FROM instances");
}

/* Somebody else's beat comes when it comes: within seconds, or never. */
static void expect_instances(long wanted)
{
    const struct timespec a_while = { .tv_nsec = 20000000 };

    for (int i = 0; i < 500 && instances() != wanted; i++)
        nanosleep(&a_while, NULL);
    cr_expect_eq(instances(), wanted);
}

static void grant_a_role(void)
{
    struct answer answer;
    const char *user, *role;
    struct wire wire;

    wire_open(&wire);
    user = made_user(&wire);
    role = made_role(&wire, arena_format(&wire.arena, "r%s", made_key(&wire)));
    answer = ADMIN(&wire, NULL, "PUT /v1/users/%s/roles/%s", user, role);
    cr_expect_eq(answer.status, 201, "%.*s", TEXT_ARG(answer.body));
    wire_close(&wire);
}

/* One test, since all services of the database are counted. */
Test(instances,
     a_service_is_known_until_it_ends_and_one_that_died_is_found_dead,
     .timeout = 60)
{
    const char *shared = getenv("SERVICE_URL");
    char url[128];
    struct own_service own;

    cr_assert_not_null(shared);
    snprintf(url, sizeof(url), "%s", shared);
    expect_instances(1);

    own = own_service_start("--pool-lanes=1");
    expect_instances(2);
    grant_a_role();
    own_service_stop(&own);
    cr_expect_eq(instances(), 1, "it has left by itself");

    own = own_service_start("--pool-lanes=1");
    expect_instances(2);
    kill(own.pid, SIGKILL);
    cr_assert_eq(waitpid(own.pid, NULL, 0), own.pid);
    cr_expect_eq(instances(), 2);
    setenv("SERVICE_URL", url, 1);
    grant_a_role();
    cr_expect_eq(instances(), 1, "whoever changed rights found it dead");
}

Test(instances, how_long_changes_of_rights_waited_is_measured)
{
    struct answer answer;
    struct wire wire;

    grant_a_role();
    wire_open(&wire);
    answer = wire_step(
        &wire, &(struct step){ .request = "GET /metrics", .expect = 200 });
    cr_expect(answer_has(&answer, "portcullis_rights_settle_seconds_count "));
    wire_close(&wire);
}
