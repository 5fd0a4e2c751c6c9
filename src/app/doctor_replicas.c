/* SPDX-License-Identifier: MIT */
/* What replicas tell: each is asked beside the primary, which sets the pace. */
#include "app/doctor.h"
#include "app/role_rights.h"
#include "base/clock.h"
#include "database/session.h"
#include "database/target.h"
#include "postgres/postgres.h"
#include "runtime/fiber.h"

#include <stdio.h>

enum { ASK_MS = 5000, LOOK_AGAIN_MS = 20, CATCH_UP_MS = 2000 };

/* As the dialect's node_state tells it. */
struct state {
    bool standby;
    int64_t position, timeline;
    char system[32];
};

struct round {
    struct patient *patient;
    struct state primary;
    const char *node;     /* which replica is looked at */
    enum verdict verdict; /* the worst so far; its words are in the note */
    unsigned fine;
    uint64_t slowest_ms;
};

static struct deadline soon(void)
{
    return deadline_after(clock_monotonic_ns(), ASK_MS);
}

static YIELDS int ask_state(struct connection *connection, struct state *ret,
                            struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = connection_query(connection, &postgres_driver.dialect->node_state,
                             NULL, 0, soon(), &rows, diag);

    if (r < 0)
        return r;
    *ret = (struct state){ .standby = text_is(rows_get(rows, 0, 0), "1") };
    snprintf(ret->system, sizeof(ret->system), "%.*s",
             TEXT_ARG(rows_get(rows, 0, 3)));
    if (!text_to_int64(rows_get(rows, 0, 1), &ret->position) ||
        !text_to_int64(rows_get(rows, 0, 2), &ret->timeline))
        return FAIL(diag, ERR_QUERY_FAILED, "it does not say where it is");
    return 0;
}

/* Its view shows others' columns to nobody; that there is a receiver, to all.
 */
static YIELDS int ask_receiver(struct connection *connection, bool *ret,
                               struct diag *diag)
{
    static const struct statement question = {
        .name = "doctor_receiver",
        .sql = "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver)",
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r =
        connection_query(connection, &question, NULL, 0, soon(), &rows, diag);

    *ret = r == 0 && text_is(rows_get(rows, 0, 0), "t");
    return r;
}

/* --- judging -------------------------------------------------------------- */

/* The first of the worst is told. */
static void judge(struct round *round, enum verdict verdict, const char *what)
{
    if (verdict == VERDICT_FINE)
        round->fine++;
    if (verdict <= round->verdict)
        return;
    round->verdict = verdict;
    (void)seen(round->patient, verdict, "%s %s", round->node, what);
}

/* 0 and a verdict that is not FINE: no more needs to be asked. */
static YIELDS int look_at_role_of(struct connection *connection,
                                  struct round *round, enum verdict *ret,
                                  struct diag *diag)
{
    struct role_rights rights;
    int r = role_rights_ask(connection, soon(), &rights, diag);

    *ret = VERDICT_FINE;
    if (r < 0 || !(rights.is_superuser || rights.bypasses || rights.owns))
        return r;
    *ret = rights.owns && !rights.is_superuser ? VERDICT_DOUBTFUL : VERDICT_BAD;
    judge(round, *ret,
          *ret == VERDICT_BAD ? "is asked as a role that goes past row level "
                                "security"
                              : "is asked as the owner of the tables");
    return 0;
}

static bool is_of_us(struct round *round, const struct state *state)
{
    if (strcmp(state->system, round->primary.system) != 0)
        judge(round, VERDICT_BAD,
              "is another system's, not a copy of this one");
    else if (!state->standby)
        judge(round, VERDICT_BAD, "is no standby: it takes writes of its own");
    else if (state->timeline != round->primary.timeline)
        judge(round, VERDICT_BAD,
              "is on another timeline: it has not followed a promotion");
    else
        return true;
    return false;
}

/* Behind is who has not got, after a while, where the primary was before. */
static YIELDS int watch_it_follow(struct connection *connection,
                                  struct round *round, struct state *state,
                                  struct diag *diag)
{
    uint64_t begun_ns = clock_monotonic_ns(), took_ms = 0;
    bool receives = false;
    int r = 0;

    while (r == 0 && state->position < round->primary.position &&
           took_ms < CATCH_UP_MS) {
        r = fiber_sleep(deadline_after(clock_monotonic_ns(), LOOK_AGAIN_MS));
        if (r == 0)
            r = ask_state(connection, state, diag);
        took_ms = (clock_monotonic_ns() - begun_ns) / NS_PER_MS;
    }
    if (r == 0)
        r = ask_receiver(connection, &receives, diag);
    if (r < 0)
        return r;
    if (took_ms > round->slowest_ms)
        round->slowest_ms = took_ms;
    if (state->position < round->primary.position)
        judge(round, VERDICT_BAD,
              receives ? "lags by more than 2 s" : "does not stream, and lags");
    else if (!receives)
        judge(round, VERDICT_DOUBTFUL, "has all, but does not stream");
    else
        judge(round, VERDICT_FINE, "");
    return 0;
}

static int look_at_one(struct connection *connection, void *arg,
                       struct diag *diag)
{
    struct round *round = arg;
    enum verdict verdict = VERDICT_FINE;
    struct state state;
    int r = ask_state(connection, &state, diag);

    if (r < 0 || !is_of_us(round, &state))
        return r;
    r = look_at_role_of(connection, round, &verdict, diag);
    if (r < 0 || verdict != VERDICT_FINE)
        return r;
    return watch_it_follow(connection, round, &state, diag);
}

static YIELDS void look_at_url(struct round *round, struct text url)
{
    CLEANUP(target_free) struct target *target = NULL;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = target_parse(url, &target, &diag);
    round->node = r == 0 ? target_node(target) : "one of them";
    if (r == 0)
        r = session_with(&postgres_driver, target, look_at_one, round, &diag);
    if (r < 0)
        judge(round, VERDICT_BAD, diag.cause[0] ? diag.cause : diag.detail);
}

enum verdict look_at_replicas(struct patient *patient)
{
    struct text urls = text_of(
        settings_text(patient->settings, SETTING_DATABASE_REPLICA_URLS));
    struct round round = { .patient = patient, .verdict = VERDICT_FINE };
    struct text url;
    struct diag diag;

    if (urls.len == 0)
        return seen(patient, VERDICT_FINE, "none are named");
    diag_init(&diag, NULL);
    if (ask_state(patient->connection, &round.primary, &diag) < 0)
        return seen(patient, VERDICT_BAD, "%s (%s)", diag.detail, diag.cause);
    if (round.primary.standby)
        return seen(patient, VERDICT_BAD,
                    "DATABASE_URL itself leads to a standby");
    while (text_cut(&urls, ',', &url))
        look_at_url(&round, url);
    return round.verdict == VERDICT_FINE
               ? seen(patient, VERDICT_FINE,
                      "%u stream, the slowest was %llu ms behind", round.fine,
                      (unsigned long long)round.slowest_ms)
               : round.verdict;
}
