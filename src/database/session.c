/* SPDX-License-Identifier: MIT */
#include "database/session.h"

#include "database/driver.h"

enum { COMMAND_CONNECT_MS = 5000 };

int session_with(const struct driver *driver, const struct target *target,
                 session_fn *fn, void *arg, struct diag *diag)
{
    static const struct scope everything = {
        1, { { SCOPE_RIGHTS, TEXT("*:*") } }
    };
    static const struct open_options options = {
        .application_name = "portcullis command",
        .connect_timeout_ms = COMMAND_CONNECT_MS,
        .scope = &everything,
    };
    CLEANUP(connection_close) struct connection *connection = NULL;
    struct loop *loop = fiber_loop(fiber_self());
    int r;

    r = connection_open(driver, loop, target, &options,
                        deadline_after(loop_now_ns(loop), COMMAND_CONNECT_MS),
                        &connection, diag);
    if (r < 0)
        return r;
    return fn(connection, arg, diag);
}

struct session {
    const struct driver *driver;
    const struct target *target;
    session_fn *fn;
    void *arg;
    struct diag *diag;
    int result;
};

static void run_session(void *arg)
{
    struct session *session = arg;

    session->result = session_with(session->driver, session->target,
                                   session->fn, session->arg, session->diag);
}

int database_session(const struct driver *driver, struct text url,
                     session_fn *fn, void *arg, struct diag *diag)
{
    CLEANUP(target_free) struct target *target = NULL;
    struct session session = {
        .driver = driver, .fn = fn, .arg = arg, .diag = diag
    };
    int r;

    r = target_parse(url, &target, diag);
    if (r < 0)
        return r;
    if (!driver->takes_scheme(target_scheme(target)))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "the database URL's scheme is not one of %s", driver->name);
    session.target = target;
    fiber_run_alone("session", run_session, &session);
    return session.result;
}
