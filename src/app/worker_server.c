/* SPDX-License-Identifier: MIT */
/* The parts of a worker that clients see. */
#include "app/authorize.h"
#include "app/identity.h"
#include "app/limit.h"
#include "app/options.h"
#include "app/refusal.h"
#include "app/worker_part.h"
#include "base/check.h"
#include "routes/checks.h"
#include "routes/consistency.h"
#include "telemetry/log.h"

enum {
    READY_TRY_MS = 200,
    READY_CHECK_MS = 2000,
    ADMIN_CONNECTIONS_MAX = 128,
};

/* --- the server ---------------------------------------------------------- */

static struct server_options server_options(struct worker *worker)
{
    struct assembly *assembly = worker->assembly;
    struct server_options options =
        server_options_of(worker->service.settings, assembly->workers);

    options.router = assembly->router;
    options.authorize = authorize;
    options.refused = note_refusal;
    options.answered = consistency_tell;
    options.caller_name = limit_caller_name;
    options.caller_limited_as = limit_caller_as;
    options.limits = assembly->limits;
    options.tls = assembly->tls;
    options.strict_transport =
        assembly->tls && is_hardened(worker->service.settings);
    options.dismiss = identity_dismiss;
    options.service = &worker->service;
    return options;
}

static void start_server(struct worker *worker)
{
    struct server_options options = server_options(worker);

    CHECK(server_start(worker->loop, worker->listen_fd, &options,
                       &worker->server) == 0);
}

static void adopt_server(struct worker *worker)
{
    struct server_options options = server_options(worker);

    server_adjust(worker->server, &options);
}

/* Waits for its clients to leave, as long as a drain may take. */
YIELDS static void see_out(struct worker *worker, struct server **server)
{
    server_drain(*server);
    while (server_connections(*server) > 0 &&
           loop_now_ns(worker->loop) < worker->stop_until.at_ns)
        if (fiber_sleep(worker_in(worker, 10)) < 0)
            break;
    server_stop(server);
}

static void stop_server(struct worker *worker)
{
    see_out(worker, &worker->server);
}

const struct part part_server = {
    .name = "server",
    .start = start_server,
    .adopt = adopt_server,
    .stop = stop_server,
};

/* --- what admin_listen answers ------------------------------------------- */

static struct server_options admin_options(struct worker *worker)
{
    struct server_options options = server_options(worker);

    options.router = worker->assembly->admin_router;
    options.connections_max = ADMIN_CONNECTIONS_MAX;
    options.is_second = true;
    return options;
}

static void start_admin(struct worker *worker)
{
    struct server_options options = admin_options(worker);

    if (worker->admin_fd >= 0)
        CHECK(server_start(worker->loop, worker->admin_fd, &options,
                           &worker->admin_server) == 0);
}

static void adopt_admin(struct worker *worker)
{
    struct server_options options = admin_options(worker);

    if (worker->admin_server)
        server_adjust(worker->admin_server, &options);
}

static void stop_admin(struct worker *worker)
{
    if (worker->admin_server)
        see_out(worker, &worker->admin_server);
}

const struct part part_admin = {
    .name = "admin",
    .start = start_admin,
    .adopt = adopt_admin,
    .stop = stop_admin,
};

/* --- whether it may be sent requests ------------------------------------- */

/* Not ready is no failure: the database may come up after us. */
static void wait_until_ready(void *arg)
{
    struct worker *worker = arg;
    int told = 0, r = -ERR_UNAVAILABLE;

    while (r < 0 && !atomic_load(&worker->assembly->process.draining)) {
        struct diag why;

        diag_init(&why, NULL);
        r = checks_run(&worker->service, worker_in(worker, READY_CHECK_MS),
                       &why);
        if (r < 0 && r != told)
            log_line(LOG_WARN, "not_ready", "%s", why.detail);
        told = r;
        if (r < 0 && fiber_sleep(worker_in(worker, READY_TRY_MS)) < 0)
            return;
    }
    if (r == 0 && watches_wait(&worker->watches) == 0)
        loop_post(worker->assembly->control, &worker->ready);
}

static void start_looking(struct worker *worker)
{
    CHECK(fiber_start(worker->loop, "ready", wait_until_ready, worker, NULL) ==
          0);
}

const struct part part_readiness = {
    .name = "readiness",
    .start = start_looking,
};
