/* SPDX-License-Identifier: MIT */
/* What doctor says of replicas and of the certificate. */
#include "support/program.h"

#include <stdio.h>

enum { FOUND = 16 };

TestSuite(doctor_path, .timeout = 1200);

/* Doctor waits seconds only; a machine with much else to do is asked again. */
enum { TRIES = 120 };

/* --- replicas --- */

static void look_at_replica(struct said *said, const char *url,
                            const char *until)
{
    char flag[2048];
    int tries = 0;

    snprintf(flag, sizeof(flag), "--database-replica-urls=%s", url);
    do
        RUN(*said, "doctor", "--listen=127.0.0.1:0", flag);
    while (!says(said, until) && ++tries < TRIES && sleep(1) == 0);
}

Test(doctor_path, a_replica_that_takes_writes_is_none)
{
    struct said said;

    look_at_replica(&said, getenv("DATABASE_URL"), " is no standby: ");
    cr_expect_eq(said.status, FOUND, "%s", said.text);
    cr_expect(says(&said, "bad       replicas      "), "%s", said.text);
    cr_expect(says(&said, " is no standby: it takes writes of its own\n"), "%s",
              said.text);
}

Test(doctor_path, a_replica_that_nobody_answers_for_is_named)
{
    struct said said;

    look_at_replica(&said, "postgresql://nobody@/there?host=/nonexistent",
                    "bad       replicas      /nonexistent/there ");
    cr_expect_eq(said.status, FOUND, "%s", said.text);
    cr_expect(says(&said, "bad       replicas      /nonexistent/there "), "%s",
              said.text);
}

#define UNTIL_IT_SAYS(words)                                                  \
    "for i in $(seq 120); do out=$($PORTCULLIS_PROGRAM doctor); case $out in" \
    " *\"" words "\"*) break ;; esac; sleep 1; done; echo \"$out\""

/* Of a server of their own, with the script run inside. */
#define WITH_A_STANDBY(said, script) WITH_STANDBYS(said, "1", script)
#define WITH_STANDBYS(said, count, script)                                    \
    RUN(said, "sandbox", "--no-fsync", "--standbys", count, "--", "sh", "-c", \
        "export PORTCULLIS_LISTEN=127.0.0.1:0\n"                              \
        "DATABASE_URL=$OWNER_DATABASE_URL $PORTCULLIS_PROGRAM migrate up &&"  \
        " DATABASE_URL=$OWNER_DATABASE_URL $PORTCULLIS_PROGRAM seed "         \
        "&&\n" script)

Test(doctor_path, a_standby_streams_and_how_far_behind_it_is_is_told)
{
    struct said said;

    WITH_A_STANDBY(said, UNTIL_IT_SAYS("1 stream, the slowest was "));
    cr_expect(says(&said, "fine      replicas      1 stream, the slowest was "),
              "%s", said.text);
}

Test(doctor_path, a_standby_asked_past_row_level_security_is_refused)
{
    struct said said;

    WITH_A_STANDBY(
        said, "export DATABASE_REPLICA_URLS=$REPLICA_1_URL\n" UNTIL_IT_SAYS(
                  "is asked as a role that goes past row level security"));
    cr_expect(says(&said, " is asked as a role that goes past row level "
                          "security\n"),
              "%s", said.text);
}

Test(doctor_path, a_standby_of_another_system_is_no_copy)
{
    struct said said;

    WITH_A_STANDBY(
        said, "exec $PORTCULLIS_PROGRAM sandbox --no-fsync -- sh -c "
              "'export DATABASE_REPLICA_URLS=$REPLICA_1_URL\n" UNTIL_IT_SAYS(
                  "is another system") "'");
    cr_expect(says(&said, " is another system's, not a copy of this one\n"),
              "%s", said.text);
}

Test(doctor_path, a_standby_whose_replay_is_paused_lags)
{
    struct said said;

    WITH_A_STANDBY(
        said, "psql -qX $REPLICA_1_URL -c 'SELECT pg_wal_replay_pause()' &&"
              " psql -qX $OWNER_DATABASE_URL -c 'CREATE TABLE later ()' &&"
              " DATABASE_URL=$OWNER_DATABASE_URL $PORTCULLIS_PROGRAM "
              "seed\n" UNTIL_IT_SAYS("lags by more than"));
    cr_expect(says(&said, " lags by more than 2 s\n"), "%s", said.text);
    cr_expect(says(&said, "bad       replicas      "), "%s", said.text);
}

Test(doctor_path, a_standby_that_has_not_followed_a_promotion_is_told)
{
    struct said said;

    WITH_STANDBYS(
        said, "2",
        "export DATABASE_URL=${DATABASE_REPLICA_URLS%%,*}\n"
        "export DATABASE_REPLICA_URLS=${DATABASE_REPLICA_URLS##*,}\n"
        "until psql -qX $DATABASE_URL -c 'TABLE schema_migrations' >/dev/null"
        " 2>&1; do sleep 1; done\n"
        "psql -qX $REPLICA_1_URL -c 'SELECT pg_promote(true, "
        "600)'\n" UNTIL_IT_SAYS("is on another timeline"));
    cr_expect(says(&said, " is on another timeline: it has not followed a "
                          "promotion\n"),
              "%s", said.text);
}

/* --- the certificate --- */

static void look_at_certificate(struct said *said, const char *days)
{
    char folder[] = "/tmp/test-doctor-XXXXXX", command[512];
    char certificate[64], key[64];

    cr_assert_not_null(mkdtemp(folder));
    snprintf(command, sizeof(command),
             "cd %s && openssl req -newkey ec -pkeyopt"
             " ec_paramgen_curve:prime256v1 -nodes -subj /CN=it"
             " -keyout key.pem -out it.csr 2>/dev/null &&"
             " openssl x509 -req -in it.csr -signkey key.pem -days %s"
             " -out it.pem 2>/dev/null",
             folder, days);
    cr_assert_eq(system(command), 0);
    snprintf(certificate, sizeof(certificate), "--tls-certificate=%s/it.pem",
             folder);
    snprintf(key, sizeof(key), "--tls-key=%s/key.pem", folder);
    RUN(*said, "doctor", "--listen=127.0.0.1:0", certificate, key);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    cr_expect_eq(system(command), 0);
}

Test(doctor_path, a_certificate_tells_how_long_it_is_good)
{
    struct said said;

    look_at_certificate(&said, "90");
    cr_expect(says(&said, "fine      certificate   good for "), "%s",
              said.text);
    look_at_certificate(&said, "7");
    cr_expect(says(&said, "doubtful  certificate   good for "), "%s",
              said.text);
    look_at_certificate(&said, "-1");
    cr_expect_eq(said.status, FOUND, "%s", said.text);
    cr_expect(says(&said, "/it.pem is good no more\n"), "%s", said.text);
    cr_expect(says(&said, "bad       certificate   "), "%s", said.text);
    RUN(said, "doctor", "--listen=127.0.0.1:0",
        "--tls-certificate=/nonexistent", "--tls-key=/nonexistent");
    cr_expect_eq(said.status, FOUND, "%s", said.text);
    cr_expect(says(&said, "bad       certificate   "), "%s", said.text);
}
