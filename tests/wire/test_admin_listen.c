/* SPDX-License-Identifier: MIT */
/* admin_listen: what only operators ask has an address of its own. */
#include "made.h"
#include "support/own_service.h"

TestSuite(admin_listen, .timeout = 60);

struct apart {
    struct own_service own;
    FILE *log;
    char url[128]; /* of admin_listen */
};

static void find_url(struct apart *service)
{
    static const char before[] = "\"message\":\"127.0.0.1:";
    char line[8192];

    while (fgets(line, sizeof(line), service->log)) {
        const char *at = strstr(line, "listening_admin");

        at = at ? strstr(at, before) : NULL;
        if (!at)
            continue;
        snprintf(service->url, sizeof(service->url), "http://127.0.0.1:%d",
                 atoi(at + strlen(before)));
        return;
    }
    cr_assert_fail("it never said where it listens");
}

static void start(struct apart *service)
{
    int pipes[2];

    cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
    service->own = own_service_start_with(
        (const char *const[]){ "--admin-listen=127.0.0.1:0",
                               "--log-requests=off", NULL },
        pipes[1]);
    close(pipes[1]);
    service->log = fdopen(pipes[0], "r");
    cr_assert_not_null(service->log);
    find_url(service);
}

static void stop(struct apart *service)
{
    own_service_stop(&service->own);
    fclose(service->log);
}

static void open_admin(struct wire *wire, const struct apart *service)
{
    cr_assert(wire_try_open(wire, service->url), "nobody at %s", service->url);
}

static const char *const moved[] = {
    "/health", "/metrics",       "/openapi.yaml",   "/openapi.json",
    "/docs",   "/docs/page.css", "/docs/viewer.js",
};

Test(admin_listen, operations_move_there_and_are_not_found_elsewhere)
{
    struct wire public, admin;
    struct apart service;

    start(&service);
    wire_open(&public);
    open_admin(&admin, &service);
    for (size_t i = 0; i < ARRAY_LEN(moved); i++) {
        EXPECT(get(&public, moved[i]), 404, "\"code\":\"not_found\"");
        EXPECT(get(&admin, moved[i]), 200, NULL);
    }
    wire_close(&public);
    wire_close(&admin);
    stop(&service);
}

Test(admin_listen, probes_are_answered_at_both)
{
    static const char *const probes[] = { "/livez", "/readyz",
                                          "/problems/not_found" };
    struct wire public, admin;
    struct apart service;

    start(&service);
    wire_open(&public);
    open_admin(&admin, &service);
    for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
        EXPECT(get(&public, probes[i]), 200, NULL);
        EXPECT(get(&admin, probes[i]), 200, NULL);
    }
    wire_close(&public);
    wire_close(&admin);
    stop(&service);
}

/* Raw, so that nobody holds it against the contract of the other address. */
static void expect_no_data(struct wire *wire, const char *path)
{
    struct answer answer;

    wire->path = NULL;
    wire_send_string(wire,
                     SAY(wire, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path));
    answer = wire_read(wire, false);
    cr_expect_eq(answer.status, 404, "%s", path);
    cr_expect(answer_has(&answer, "\"code\":\"not_found\""), "%s", path);
}

Test(admin_listen, data_is_not_found_there)
{
    struct wire public, admin;
    struct apart service;

    start(&service);
    wire_open(&public);
    open_admin(&admin, &service);
    EXPECT(get(&public, "/v1/bills?limit=1"), 200, NULL);
    expect_no_data(&admin, "/v1/bills?limit=1");
    expect_no_data(&admin, "/v1/me");
    wire_close(&public);
    wire_close(&admin);
    stop(&service);
}

/* Bytes that the gate refuses are refused there as well. */
Test(admin_listen, the_gate_stands_there_too)
{
    struct wire admin;
    struct apart service;

    start(&service);
    open_admin(&admin, &service);
    wire_send_string(&admin, "GET /livez HTTP/1.1\r\nHost : a\r\n\r\n");
    cr_expect_eq(wire_read(&admin, false).status, 400);
    cr_expect(wire_is_closed(&admin));
    wire_close(&admin);
    stop(&service);
}
