/* SPDX-License-Identifier: MIT */
/* What is not fit for production is said, and what is dangerous refused. */
#include "base/text.h"
#include "support/own_service.h"
#include "support/program.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

enum { MISTAKEN = 3, UNFIT = 14 };

#define FIT_KEY "--cursor-key=0123456789abcdef0123456789abcdef"

/* Tokens by keys that are fetched, of one issuer, for us. */
#define FIT_TOKENS                                                           \
    "--jwks-url=https://id.example/keys", "--jwt-issuer=https://id.example", \
        "--jwt-audience=gate"

/* The tests' own. */
static void forget_secret(void)
{
    unsetenv("PORTCULLIS_JWT_SECRET");
}

Test(fitness, of_what_is_made_for_production_nothing_is_said)
{
    struct said said;

    forget_secret();
    RUN(said, "config", "check", "--environment=production", FIT_KEY,
        FIT_TOKENS);
    cr_expect_eq(said.status, 0, "%s", said.text);
    cr_expect_str_eq(said.text, "fit for production\n");
}

Test(fitness, what_is_doubtful_is_listed_with_its_reason)
{
    struct said said;

    RUN(said, "config", "check", "--environment=development",
        "--log-level=debug", "--listen=0.0.0.0:8080");
    cr_expect_eq(said.status, UNFIT);
    cr_expect(says(&said, "doubtful: environment is not production"));
    cr_expect(says(&said, "doubtful: cursor_key is empty"));
    cr_expect(says(&said, "doubtful: cors_origins is *"));
    cr_expect(says(&said, "doubtful: listen can be reached"));
    cr_expect(says(&said, "doubtful: log_level is debug"));
    cr_expect(says(&said, "doubtful: drain_delay is 0"));
    cr_expect(says(&said, "doubtful: rate_limit is 0"));
    cr_expect(says(&said, "doubtful: failed_credentials_limit is 0"));
    forget_secret();
    RUN(said, "config", "check", "--json", "--environment=production",
        "--cursor-key=sixteen-letters-", FIT_TOKENS);
    cr_expect_eq(said.status, UNFIT);
    cr_expect(says(&said, "[\n{\"name\":\"short_cursor_key\",\"setting\":"
                          "\"cursor_key\",\"refused\":false,"),
              "%s", said.text);
}

Test(fitness, production_is_asked_about_by_its_defaults)
{
    struct said said;

    RUN(said, "config", "check", "--environment=development");
    cr_expect(says(&said, "environment is not production"));
    cr_expect(says(&said, "rate_limit is 0"));
    RUN(said, "config", "check", "--production");
    cr_expect_eq(said.status, UNFIT);
    cr_expect_not(says(&said, "environment is not"), "%s", said.text);
    cr_expect_not(says(&said, "rate_limit is 0"), "%s", said.text);
    cr_expect(says(&said, "cursor_key is empty"), "%s", said.text);
}

/* Each setting alone makes what was fit unfit, by the row of this name. */
static const struct {
    const char *flag, *name;
    int serve; /* what `serve` ends with; 0: it would start */
} unfit[] = {
    { "--jwt-issuer=", "no_issuer", 0 },
    { "--jwt-audience=", "no_audience", 0 },
    { "--jwks-url=", "no_token_keys", 0 },
    { "--jwks-url=http://127.0.0.1/keys", "unusable_keys", MISTAKEN },
    { "--jwt-keys=/nowhere/keys.pem", "unusable_keys", MISTAKEN },
    { "--jwt-issuer=portcullis-dev", "unusable_keys", MISTAKEN },
    { "--jwt-secret=kQ7vX2mN9pL4rT6wY8zB1cD3fG5hJ0sA", "shared_secret", 0 },
    { "--jwt-secret=a-secret-for-local-work-only-32b", "guessable_secret",
      UNFIT },
    { "--jwt-secret=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "guessable_secret",
      UNFIT },
    { "--cursor-key=please-change-me-before-production", "guessable_secret",
      UNFIT },
    { "--database-url=postgresql://localhost,198.51.100.1/x",
      "unusable_database", MISTAKEN },
    { "--database-url=postgresql:///x?host=/tmp&hostaddr=198.51.100.1",
      "plaintext_database", UNFIT },
    { "--database-url=postgresql://localhost/x?hostaddr=::1,198.51.100.1",
      "plaintext_database", UNFIT },
    { "--database-url=postgresql:///x?service=elsewhere", "plaintext_database",
      UNFIT },
    { "--database-url=postgresql://198.51.100.1/x?sslmode=verify-full"
      "&sslmode=disable",
      "plaintext_database", UNFIT },
    { "--tls-certificate=/nowhere", "unusable_tls", MISTAKEN },
    { "--public-metrics=on", "public_metrics", 0 },
    { "--cors-origins=*", "any_origin", 0 },
    { "--rate-limit=0", "no_caller_limit", 0 },
    { "--rate-limit-address=0", "no_address_limit", 0 },
    { "--failed-credentials-limit=0", "no_guess_limit", 0 },
    { "--listen=198.51.100.1:80", "open_listener", 0 },
    { "--listen=[::]:80", "open_listener", 0 },
    { "--tls-key=/etc/passwd", "readable_tls_key", UNFIT },
    { "--drain-delay=0ms", "no_drain_delay", 0 },
    { "--log-level=debug", "debug_log", 0 },
    { "--environment=staging", "other_environment", 0 },
};

/* The flags that are fit, this one in the place of its like. */
static void run_with(struct said *said, const char *const *command,
                     const char *flag)
{
    static const char *const fit[] = { "--environment=production", FIT_KEY,
                                       FIT_TOKENS, NULL };
    size_t name = strcspn(flag, "="), count = 0;
    const char *arguments[ARGUMENTS_MAX + 1] = { NULL };

    while (*command)
        arguments[count++] = *command++;
    arguments[count++] = flag;
    for (size_t i = 0; fit[i]; i++)
        if (strncmp(fit[i], flag, name + 1) != 0)
            arguments[count++] = fit[i];
    run_program(said, arguments);
}

Test(fitness, each_setting_alone_makes_it_unfit, .timeout = 300)
{
    static const char *const check[] = { "config", "check", "--json", NULL };
    static const char *const serve[] = { "serve", NULL };

    forget_secret();
    for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
        struct said said;
        char named[64];

        run_with(&said, check, unfit[i].flag);
        snprintf(named, sizeof(named), "\"name\":\"%s\"", unfit[i].name);
        cr_expect_eq(said.status, UNFIT, "%s: %s", unfit[i].flag, said.text);
        cr_expect(says(&said, named), "%s: %s", unfit[i].flag, said.text);
        if (!unfit[i].serve)
            continue;
        run_with(&said, serve, unfit[i].flag);
        cr_expect_eq(said.status, unfit[i].serve, "%s: %s", unfit[i].flag,
                     said.text);
    }
}

Test(fitness, a_superuser_is_refused_by_serve)
{
    struct said said;

    setenv("DATABASE_URL", getenv("ADMIN_DATABASE_URL"), 1);
    RUN(said, "serve", "--environment=production", "--listen=127.0.0.1:0");
    cr_expect_eq(said.status, UNFIT);
    cr_expect(says(&said, "names a superuser"), "%s", said.text);
    RUN(said, "config", "check", "--environment=production", FIT_KEY);
    cr_expect_eq(said.status, UNFIT);
    cr_expect(says(&said, "refused: database_url names a superuser"));
}

Test(fitness, the_tables_owner_is_doubtful)
{
    struct said said;

    setenv("DATABASE_URL", getenv("OWNER_DATABASE_URL"), 1);
    RUN(said, "config", "check", "--environment=production", FIT_KEY);
    cr_expect_eq(said.status, UNFIT);
    cr_expect(says(&said, "doubtful: database_url names the owner"), "%s",
              said.text);
}

Test(fitness, a_database_elsewhere_is_proven_by_tls)
{
    static const char *const plain[] = {
        "--database-url=postgresql://a@198.51.100.1:1/b",
        "--database-url=postgresql://a@198.51.100.1:1/b?sslmode=require",
        "--database-url=postgresql://a@localhost.example/b?sslmode=prefer",
    };
    struct said said;

    setenv("DATABASE_URL", "", 1);
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        RUN(said, "serve", "--environment=production", plain[i],
            "--listen=127.0.0.1:0");
        cr_expect_eq(said.status, UNFIT, "%s", plain[i]);
        cr_expect(says(&said, "without sslmode=verify-full"), "%s", said.text);
    }
    RUN(said, "config", "check",
        "--database-url=postgresql://a@198.51.100.1:1/b?sslmode=verify-full");
    cr_expect_not(says(&said, "without sslmode=verify-full"), "%s", said.text);
    RUN(said, "config", "check", plain[0], "--allow-plaintext-database=on");
    cr_expect_not(says(&said, "without sslmode=verify-full"), "%s", said.text);
}

Test(fitness, a_replica_on_another_machine_takes_a_proven_connection_too)
{
    static const char replicas[] =
        "--database-replica-urls=postgresql://a@/b?host=/run,"
        "postgresql://a@198.51.100.1:1/b?sslmode=require";
    struct said said;

    RUN(said, "config", "check", "--environment=production", FIT_TOKENS,
        replicas);
    cr_expect_eq(said.status, UNFIT);
    cr_expect(says(&said, "database_replica_urls lead to another machine"),
              "%s", said.text);
    RUN(said, "config", "check", replicas, "--allow-plaintext-database=on");
    cr_expect_not(says(&said, "database_replica_urls"), "%s", said.text);
}

Test(fitness, a_redis_on_another_machine_is_doubtful)
{
    struct said said;

    RUN(said, "config", "check", "--redis-url=redis://:pw@198.51.100.1:6379/0");
    cr_expect(says(&said, "redis_url leads to another machine"), "%s",
              said.text);
    cr_expect_not(says(&said, ":pw@"), "%s", said.text);
    RUN(said, "config", "check", "--redis-url=redis://127.0.0.1:6379/0");
    cr_expect_not(says(&said, "redis_url leads to"), "%s", said.text);
}

Test(fitness, metrics_are_for_all_who_reach_the_operators_listener)
{
    struct said said;

    RUN(said, "config", "check", "--environment=production",
        "--public-metrics=on");
    cr_expect(says(&said, "public_metrics is on"), "%s", said.text);
    RUN(said, "config", "check", "--environment=production",
        "--public-metrics=on", "--admin-listen=127.0.0.1:0");
    cr_expect_not(says(&said, "public_metrics is on"), "%s", said.text);
}

Test(fitness, a_secret_that_all_may_read_is_refused)
{
    char path[] = "/tmp/portcullis-secret-XXXXXX";
    int fd = mkstemp(path);
    struct said said;

    cr_assert_geq(fd, 0);
    cr_expect_eq(write(fd, "0123456789abcdef0123456789abcdef\n", 33), 33);
    setenv("PORTCULLIS_CURSOR_KEY_FILE", path, 1);
    forget_secret();
    fchmod(fd, 0644);
    RUN(said, "config", "check", "--environment=production", FIT_TOKENS);
    cr_expect_eq(said.status, UNFIT);
    cr_expect(says(&said, "may be read by every user"), "%s", said.text);
    cr_expect_not(says(&said, "0123456789"));
    fchmod(fd, 0600);
    RUN(said, "config", "check", "--environment=production", FIT_TOKENS);
    cr_expect_eq(said.status, 0, "%s", said.text);
    close(fd);
    unlink(path);
}

/* --- the process --------------------------------------------------------- */

Test(fitness, no_core_is_dumped_in_production)
{
    struct own_service own;
    char path[64], line[256];
    bool found = false;
    FILE *limits;

    setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* it would look inside */
    own = own_service_start("--environment=production");
    snprintf(path, sizeof(path), "/proc/%d/limits", (int)own.pid);
    limits = fopen(path, "r");
    cr_assert_not_null(limits);
    while (fgets(line, sizeof(line), limits))
        if (strncmp(line, "Max core file size", 18) == 0) {
            found = true;
            cr_expect_eq(strtol(line + 18, NULL, 10), 0, "%s", line);
        }
    cr_expect(found);
    fclose(limits);
    own_service_stop(&own);
}
