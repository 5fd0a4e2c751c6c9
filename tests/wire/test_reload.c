/* SPDX-License-Identifier: MIT */
/* SIGHUP: new settings in a service that goes on serving, or none at all. */
#include "made.h"

#include "support/askers.h"
#include "support/configured_service.h"

TestSuite(reload, .timeout = 60);

static void start(struct told_service *service, const char *content)
{
    unsetenv("PORTCULLIS_REQUEST_TIMEOUT"); /* the file's may be shorter */
    configured_start(service, content);
}

static bool has_sample(const char *sample)
{
    struct wire wire;
    const char *page;
    bool has;

    wire_open(&wire);
    page = SAY(&wire, "\n%.*s", TEXT_ARG(get(&wire, "/metrics").body));
    has = strstr(page, SAY(&wire, "\n%s\n", sample)) != NULL;
    wire_close(&wire);
    return has;
}

/* An answer that also tells one field of its head. */
static struct answer ask_for(struct wire *wire, const char *fields)
{
    return ask(wire, "GET /v1/bills?limit=1", fields, NULL);
}

/* --- what changes -------------------------------------------------------- */

Test(reload, what_may_change_changes_without_a_restart)
{
    struct told_service service;
    struct answer answer;
    struct wire wire;

    start(&service, "CORS_ORIGINS = https://a.example\n"
                    "REQUEST_TIMEOUT_MAX = 3s\nBODY_LIMIT = 1KiB\n");
    wire_open(&wire);
    EXPECT(ask_for(&wire, "Request-Timeout: 4000\r\n"), 400, "1 to 3000");
    answer = ask_for(&wire, "Origin: https://b.example\r\n");
    cr_expect(
        text_is_null(answer_header(&answer, "Access-Control-Allow-Origin")));
    configured_reload(&service, "CORS_ORIGINS = https://b.example\n"
                                "REQUEST_TIMEOUT_MAX = 5s\nBODY_LIMIT = 2KiB\n"
                                "LOAD_SHEDDING = off\nREQUIRE_IF_MATCH = on\n"
                                "PAGE_LIMIT_MAX = 2\n");
    until_said(&service, "reloaded");
    EXPECT(ask_for(&wire, "Request-Timeout: 4000\r\n"), 200, NULL);
    EXPECT(ask_for(&wire, "Request-Timeout: 6000\r\n"), 400, "1 to 5000");
    answer = ask_for(&wire, "Origin: https://b.example\r\n");
    cr_expect(text_is(answer_header(&answer, "Access-Control-Allow-Origin"),
                      "https://b.example"));
    EXPECT(get(&wire, "/v1/bills?limit=3"), 400, "out_of_range");
    EXPECT(get(&wire, "/v1/bills?limit=2"), 200, NULL);
    EXPECT(drop(&wire, SAY(&wire, "/v1/bills/%s", some_id(&wire))), 428, NULL);
    EXPECT(post(&wire, "/v1/bills", SAY(&wire, "{%1500s}", "")), 422, NULL);
    EXPECT(post(&wire, "/v1/bills", SAY(&wire, "{%2500s}", "")), 413, NULL);
    wire_close(&wire);
    cr_expect(
        has_sample("portcullis_feature_enabled{feature=\"load_shedding\"} 0"));
    cr_expect(has_sample("portcullis_config_last_reload_success 1"));
    configured_stop(&service);
}

Test(reload, an_idle_connection_goes_by_the_new_limit)
{
    struct told_service service;
    struct wire wire;
    char byte;

    start(&service, "IDLE_TIMEOUT = 1h\n");
    wire_open(&wire);
    EXPECT(get(&wire, "/livez"), 200, NULL);
    configured_reload(&service, "IDLE_TIMEOUT = 1s\n");
    cr_expect_eq(recv(wire.fd, &byte, 1, 0), 0, "it is ended");
    wire_close(&wire);
    configured_stop(&service);
}

Test(reload, tokens_go_by_the_new_keys)
{
    static char ours[256];
    struct told_service service;
    struct wire wire;

    snprintf(ours, sizeof(ours), "JWT_SECRET = %s\n",
             getenv("PORTCULLIS_JWT_SECRET"));
    setenv("PORTCULLIS_JWT_SECRET", "", 1);
    start(&service, ours);
    wire_open(&wire);
    EXPECT(get(&wire, "/v1/me"), 200, NULL);
    configured_reload(&service,
                      "JWT_SECRET = another-one-that-signed-nothing-yet\n");
    until_said(&service, "reloaded");
    EXPECT(get(&wire, "/v1/me"), 401, NULL);
    configured_reload(&service, ours);
    until_said(&service, "reloaded");
    EXPECT(get(&wire, "/v1/me"), 200, NULL);
    configured_reload(&service, "JWT_KEYS = /nowhere\n");
    until_said(&service, "reload_failed");
    EXPECT(get(&wire, "/v1/me"), 200, NULL);
    wire_close(&wire);
    configured_stop(&service);
}

Test(reload, each_change_is_told_and_no_secret_shown)
{
    struct told_service service;

    setenv("PORTCULLIS_JWT_SECRET", "", 1); /* it goes before the file */
    start(&service, "LOG_LEVEL = info\n");
    configured_reload(&service,
                      "DRAIN_TIMEOUT = 7s\n"
                      "JWT_SECRET = not-to-be-shown-to-anybody-at-all\n");
    until_said(&service, "setting_changed");
    cr_expect(strstr(service.line, "\"setting\":\"drain_timeout\"") != NULL);
    cr_expect(strstr(service.line, "\"before\":\"20s\",\"now\":\"7s\""));
    cr_expect(strstr(service.line, "/config:1\"") != NULL, "%s", service.line);
    until_said(&service, "setting_changed");
    cr_expect(strstr(service.line, "\"setting\":\"jwt_secret\"") != NULL);
    cr_expect(strstr(service.line, "\"now\":\"***\"") != NULL);
    cr_expect_null(strstr(service.line, "not-to-be-shown"));
    until_said(&service, "reloaded");
    cr_expect(strstr(service.line, "\"changed\":2,\"waiting\":0") != NULL);
    configured_stop(&service);
}

Test(reload, what_needs_a_restart_waits_for_it)
{
    struct told_service service;
    struct wire wire;

    start(&service, "URI_LIMIT = 1KiB\n");
    configured_reload(&service, "URI_LIMIT = 2KiB\nLOOPS = 3\n");
    until_said(&service, "setting_waits_for_restart");
    cr_expect(strstr(service.line, "\"setting\":\"uri_limit\"") != NULL);
    cr_expect(strstr(service.line, "/config:1\"") != NULL);
    until_said(&service, "reloaded");
    cr_expect(strstr(service.line, "\"changed\":0,\"waiting\":1") != NULL,
              "a flag goes before the file: %s", service.line);
    wire_open(&wire);
    EXPECT(get(&wire, SAY(&wire, "/%01500d", 1)), 414, NULL);
    wire_close(&wire);
    configured_stop(&service);
}

/* --- by command ---------------------------------------------------------- */

/* Runs `portcullis reload` with these two arguments; its exit status. */
static int run_reload(const char *one, const char *other)
{
    const char *program = getenv("PORTCULLIS_PROGRAM");
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        execl(program, program, "reload", one, other, (char *)NULL);
        _exit(127);
    }
    cr_expect_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(reload, is_asked_for_by_a_command_that_finds_the_process)
{
    static char pid_file[64];
    struct told_service service;
    char by_id[32];
    const char *flag = configured_flag("");

    snprintf(pid_file, sizeof(pid_file), "PORTCULLIS_PID_FILE=%s/pid",
             configured_folder);
    putenv(pid_file);
    told_service_start(
        &service, (const char *const[]){ flag, "--log-requests=off", NULL });
    cr_expect_eq(run_reload(flag, NULL), 0);
    until_said(&service, "reloaded");
    configured_write("LOG_LEVEL = loud\n");
    cr_expect_eq(run_reload(flag, NULL), 3, "it says so itself");
    configured_write("LOG_LEVEL = warn\n");
    cr_expect_eq(run_reload(flag, NULL), 0);
    until_said(&service, "setting_changed");
    configured_write("JWT_KEYS = /nonexistent/keys.pem\n");
    cr_expect_eq(run_reload(flag, NULL), 3, "it was the service's to see");
    configured_stop(&service);
    snprintf(by_id, sizeof(by_id), "--pid=%ld", (long)getpid());
    cr_expect_eq(run_reload(by_id, NULL), 2, "we would not outlive a SIGHUP");
    cr_expect_eq(access(strchr(pid_file, '=') + 1, F_OK), -1, "it is gone");
    cr_expect_eq(run_reload(NULL, NULL), 1, "nobody has it any more");
}

/* --- what does not ------------------------------------------------------- */

Test(reload, a_bad_file_leaves_all_as_it_was_and_every_mistake_is_told)
{
    struct told_service service;
    struct wire wire;

    start(&service, "REQUEST_TIMEOUT_MAX = 3s\n");
    wire_open(&wire);
    configured_reload(&service, "REQUEST_TIMEOUT_MAX = 4s\nLOG_LEVEL = loud\n"
                                "LISTN = 1\n");
    until_said(&service, "reload_mistake");
    cr_expect(strstr(service.line, "/config:3: \\\"LISTN\\\" names no setting"),
              "%s", service.line);
    until_said(&service, "reload_mistake");
    cr_expect(strstr(service.line, "/config:2: log_level must be one of"), "%s",
              service.line);
    until_said(&service, "reload_failed");
    EXPECT(ask_for(&wire, "Request-Timeout: 4000\r\n"), 400, "1 to 3000");
    cr_expect(has_sample("portcullis_config_last_reload_success 0"));
    configured_reload(&service, "REQUEST_TIMEOUT_MAX = 4s\n");
    until_said(&service, "reloaded");
    EXPECT(ask_for(&wire, "Request-Timeout: 4000\r\n"), 200, NULL);
    cr_expect(has_sample("portcullis_config_last_reload_success 1"));
    wire_close(&wire);
    configured_stop(&service);
}

Test(reload, a_file_that_is_gone_is_a_mistake_too)
{
    struct told_service service;

    start(&service, "");
    unlink(configured_file);
    kill(service.own.pid, SIGHUP);
    until_said(&service, "reload_mistake");
    cr_expect(strstr(service.line, "config cannot be read") != NULL);
    until_said(&service, "reload_failed");
    configured_stop(&service);
}

/* What the settings say is right each by itself, but a part refuses it. */
Test(reload, what_one_part_refuses_is_adopted_by_none)
{
    struct told_service service;
    struct wire wire;

    start(&service, "REQUEST_TIMEOUT_MAX = 3s\n");
    wire_open(&wire);
    configured_reload(&service,
                      "REQUEST_TIMEOUT_MAX = 4s\nalert.mine = what a day\n");
    until_said(&service, "reload_mistake");
    cr_expect(strstr(service.line, "/config:2: alert.mine") != NULL, "%s",
              service.line);
    until_said(&service, "reload_failed");
    EXPECT(ask_for(&wire, "Request-Timeout: 4000\r\n"), 400, "1 to 3000");
    wire_close(&wire);
    configured_stop(&service);
}

/* --- under load ---------------------------------------------------------- */

enum { ROUNDS = 6 };

static int ask_a_while(void)
{
    struct wire wire;
    int failed = 0;

    wire_open(&wire);
    for (int i = 0; i < 20; i++) {
        failed += get(&wire, "/v1/bills?limit=1").status != 200;
        failed += get(&wire, "/v1/me").status != 200;
    }
    wire_close(&wire);
    return failed;
}

Test(reload, no_request_fails_meanwhile)
{
    static const char *const files[] = {
        "POOL_MAX = 3\nSTATEMENT_TIMEOUT = 4s\nMAX_IN_FLIGHT = 100\n",
        "POOL_MAX = a few\n",
        "POOL_MIN = 2\nPOOL_MAX = 9\nPOOL_MAX_LIFETIME = 1m\n",
    };
    struct told_service service;
    struct askers askers;

    start(&service, "");
    askers_start(&askers, ask_a_while);
    for (int i = 0; i < ROUNDS; i++) {
        configured_reload(&service, files[i % 3]);
        until_said(&service, i % 3 == 1 ? "reload_failed" : "reloaded");
    }
    askers_stop(&askers);
    configured_stop(&service);
}
