/* SPDX-License-Identifier: MIT */
/*
 * Instances are replaced one after the other under load, behind clients that do
 * what a proxy does: they ask /readyz of a new connection, keep it until it is
 * told to close, and ask a GET that had no answer at all of another instance.
 */
#include "support/own_service.h"
#include "support/wire.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>

TestSuite(rolling, .timeout = 120);

enum { INSTANCES = 2, CLIENTS = 4, ROUNDS = 4, TRIES = 50 };

/* What the clients see: where the instances are. */
struct fleet {
    char urls[INSTANCES][128];
    atomic_uint born[INSTANCES]; /* counts up when the URL is another */
    atomic_bool over;
    atomic_uint answered;
};

struct upstream {
    struct wire wire;
    bool is_open;
    unsigned born;
};

static struct answer ask_for(struct wire *wire, const char *path)
{
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: t\r\n\r\n",
             path);
    wire->method = "GET";
    wire->path = path;
    wire_send_string(wire, request);
    return wire_read(wire, false);
}

static void hang_up(struct upstream *up)
{
    if (up->is_open)
        wire_close(&up->wire);
    up->is_open = false;
}

static bool connect_to(struct upstream *up, struct fleet *fleet, int instance)
{
    unsigned born = atomic_load(&fleet->born[instance]);

    if (up->is_open && up->born == born)
        return true;
    hang_up(up);
    up->born = born;
    up->is_open = wire_try_open(&up->wire, fleet->urls[instance]);
    if (up->is_open && ask_for(&up->wire, "/readyz").status != 200)
        hang_up(up);
    return up->is_open;
}

/* 200, another status of an instance's, or 0: none of them answered. */
static int ask_somebody(struct upstream *ups, struct fleet *fleet, int first)
{
    for (int i = 0; i < TRIES; i++) {
        int instance = (first + i) % INSTANCES;
        struct upstream *up = &ups[instance];
        struct answer answer;

        if (!connect_to(up, fleet, instance))
            continue;
        answer = ask_for(&up->wire, "/v1/bills?limit=1");
        if (answer.status == 0 || answer.closed ||
            text_is(answer_header(&answer, "Connection"), "close"))
            hang_up(up);
        if (answer.status != 0)
            return answer.status;
    }
    return 0;
}

static void be_client(struct fleet *fleet)
{
    struct upstream ups[INSTANCES] = { 0 };
    int failed = 0;

    for (int i = 0; !atomic_load(&fleet->over); i++) {
        int status = ask_somebody(ups, fleet, i);

        failed += status != 200;
        if (status != 200)
            fprintf(stderr, "%d instead of 200\n", status);
        atomic_fetch_add(&fleet->answered, 1);
    }
    _exit(failed > 0);
}

static struct own_service start(struct fleet *fleet, int instance)
{
    struct own_service own = own_service_start("--drain-delay=200ms");

    snprintf(fleet->urls[instance], sizeof(fleet->urls[instance]), "%s",
             getenv("SERVICE_URL"));
    atomic_fetch_add(&fleet->born[instance], 1);
    return own;
}

/* So that each round is one under load. */
static void wait_for_answers(struct fleet *fleet, unsigned more)
{
    unsigned until = atomic_load(&fleet->answered) + more;

    while (atomic_load(&fleet->answered) < until)
        poll(NULL, 0, 1);
}

Test(rolling, restart_fails_no_request)
{
    struct fleet *fleet = mmap(NULL, sizeof(*fleet), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct own_service own[INSTANCES];
    pid_t clients[CLIENTS];
    int status;

    cr_assert_neq(fleet, MAP_FAILED);
    for (int i = 0; i < INSTANCES; i++)
        own[i] = start(fleet, i);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = fork();
        if (clients[i] == 0)
            be_client(fleet);
    }
    for (int i = 0; i < ROUNDS; i++) {
        wait_for_answers(fleet, 50);
        own_service_stop(&own[i % INSTANCES]);
        own[i % INSTANCES] = start(fleet, i % INSTANCES);
    }
    wait_for_answers(fleet, 50);
    atomic_store(&fleet->over, true);
    for (int i = 0; i < CLIENTS; i++) {
        cr_expect_eq(waitpid(clients[i], &status, 0), clients[i]);
        cr_expect_eq(status, 0, "a request failed");
    }
    for (int i = 0; i < INSTANCES; i++)
        own_service_stop(&own[i]);
    munmap(fleet, sizeof(*fleet));
}
