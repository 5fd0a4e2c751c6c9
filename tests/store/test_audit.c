/* SPDX-License-Identifier: MIT */
/* Refused attempts, on their way into the audit log. */
#include "store/audit.h"

#include "base/fault.h"
#include "database.h"
#include "runtime/fiber.h"
#include "telemetry/metrics.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

#define ACTOR "018f0000-0000-7000-8000-0000000000aa"
#define BILL  "018f0000-0000-7000-8000-0000000000bb"

static struct refused refused_of(const char *request)
{
    return (struct refused){ .error = ERR_FORBIDDEN,
                             .actor_id = TEXT(ACTOR),
                             .request_id = text_of(request),
                             .route = TEXT("/v1/bills/{id}"),
                             .address = TEXT("192.0.2.7"),
                             .method = "DELETE",
                             .permission = "bills:delete",
                             .resource_id = TEXT(BILL) };
}

static void note(struct audit *audit, struct refused refused, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        audit_refusal(audit, &refused, 0);
}

/* As one who may write refusals and nothing else. */
static int write_all(struct world *world, struct audit *audit)
{
    const struct actor recorder = { .rights = TEXT("service:audit") };
    struct store store = store_as(world->store, &recorder);

    diag_clear(&world->diag);
    return audit_write(audit, &store, after_ms(30000), &world->diag);
}

static long written(struct world *world, const char *request)
{
    world_script(world, "SELECT set_config('app.rights', '*:*', false)");
    return ask_number(world->owner, arena_format(&world->arena,
                                                 "SELECT count(*) FROM audit"
                                                 " WHERE request_id = '%s'",
                                                 request));
}

static long dropped(void)
{
    static const char name[] = "\nportcullis_audit_dropped_total ";
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    const char *at;

    buffer_init(&out, 1 << 20);
    metrics_write(&out);
    buffer_add_byte(&out, '\0');
    at = strstr(out.at, name);
    return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

ON_STORE(audit, tells_who_was_refused_what)
{
    CLEANUP(audit_free) struct audit *audit = audit_new(10);

    note(audit, refused_of("told"), 1);
    expect_ok(world, write_all(world, audit));
    cr_expect_eq(written(world, "told"), 1);
    cr_expect_str_eq(
        world_ask(world,
                  "SELECT concat_ws(' ', actor_id, action, resource_type,"
                  " resource_id, route, before, after) FROM audit"
                  " WHERE request_id = 'told'"),
        ACTOR " forbidden bills " BILL " /v1/bills/{id}"
              " {\"method\": \"DELETE\", \"address\": \"192.0.2.7\","
              " \"permission\": \"bills:delete\"}");
}

ON_STORE(audit, tells_of_failed_sign_ins_by_nobody)
{
    CLEANUP(audit_free) struct audit *audit = audit_new(10);
    struct refused refused = { .error = ERR_UNAUTHENTICATED,
                               .actor_id = TEXT_NULL,
                               .request_id = TEXT("sign-in"),
                               .route = TEXT("/v1/me"),
                               .address = TEXT_NULL,
                               .method = "GET",
                               .resource_id = TEXT_NULL };

    note(audit, refused, 1);
    expect_ok(world, write_all(world, audit));
    cr_expect_eq(written(world, "sign-in"), 1);
    cr_expect_str_eq(
        world_ask(world, "SELECT concat_ws(' ', action, resource_type,"
                         " actor_id, resource_id, after) FROM audit"
                         " WHERE request_id = 'sign-in'"),
        "unauthenticated service"
        " {\"method\": \"GET\", \"address\": null, \"permission\": null}");
}

ON_STORE(audit, notes_so_many_a_second_and_counts_the_rest)
{
    CLEANUP(audit_free) struct audit *audit = audit_new(5);
    struct refused refused = refused_of("flood");
    long before = dropped();

    note(audit, refused, 8);
    cr_expect_eq(dropped() - before, 3);
    audit_refusal(audit, &refused, NS_PER_S);
    cr_expect_eq(dropped() - before, 3);
    expect_ok(world, write_all(world, audit));
    cr_expect_eq(written(world, "flood"), 6);
}

/* Nobody comes to write: memory stays within its bound. */
Test(audit, never_grows_beyond_its_bound)
{
    CLEANUP(audit_free) struct audit *audit = audit_new(1000000);
    long before = dropped();

    note(audit, refused_of("unbounded"), 2000);
    cr_expect_gt(dropped(), before);
    cr_expect_lt(dropped(), before + 2000);
}

ON_STORE(audit, stays_noted_while_the_database_is_away)
{
    CLEANUP(audit_free) struct audit *audit = audit_new(10);
    long before = dropped();
    int r;

    note(audit, refused_of("patient"), 2);
    fault_arm(FAULT_LINK, 0, 100);
    r = write_all(world, audit);
    fault_disarm_all();
    cr_expect_lt(r, 0);
    note(audit, refused_of("patient"), 1);
    UNTIL(write_all(world, audit) == 0);
    expect_ok(world, write_all(world, audit));
    cr_expect_geq(written(world, "patient"), 3);
    cr_expect_eq(dropped(), before);
}

ON_STORE(audit, is_not_blocked_by_what_the_database_refuses)
{
    CLEANUP(audit_free) struct audit *audit = audit_new(10);
    struct refused bad = refused_of("bad");
    long before = dropped();

    bad.resource_id = TEXT("no uuid");
    note(audit, bad, 1);
    cr_expect_lt(write_all(world, audit), 0);
    cr_expect_eq(dropped() - before, 1);
    note(audit, refused_of("good"), 1);
    expect_ok(world, write_all(world, audit));
    cr_expect_eq(written(world, "good"), 1);
}

ON_STORE(audit, takes_any_text)
{
    CLEANUP(audit_free) struct audit *audit = audit_new(10);
    struct refused refused = refused_of("odd");
    char path[4096];

    memset(path, '"', sizeof(path));
    refused.address = text_from(path, sizeof(path));
    refused.route = TEXT("/v1/\\\n\x01\xc3\xa4");
    note(audit, refused, 1);
    expect_ok(world, write_all(world, audit));
    cr_expect_eq(written(world, "odd"), 1);
    cr_expect_str_eq(world_ask(world, "SELECT char_length(after ->> 'address')"
                                      " FROM audit WHERE request_id = 'odd'"),
                     "200");
}

struct waiter {
    struct audit *audit;
    int result;
};

static void wait_for_one(void *arg)
{
    struct waiter *waiter = arg;

    waiter->result = audit_wait(waiter->audit, DEADLINE_NEVER);
}

ON_STORE(audit, wakes_who_writes)
{
    CLEANUP(audit_free) struct audit *audit = audit_new(10);
    struct waiter waiter = { audit, 1 };

    (void)world;
    cr_assert_eq(fiber_start(fiber_loop(fiber_self()), "writer", wait_for_one,
                             &waiter, NULL),
                 0);
    cr_expect_eq(waiter.result, 1);
    note(audit, refused_of("wake"), 1);
    UNTIL(waiter.result != 1);
    cr_expect_eq(waiter.result, 0);
}
