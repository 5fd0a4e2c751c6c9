/* SPDX-License-Identifier: MIT */
/* Commands that bring a PostgreSQL and a Redis of their own. */
#include "admin/dev.h"
#include "admin/sandbox.h"
#include "app/verb.h"

#include <string.h>

static const char *const migrate_up[] = { "migrate", "up", NULL };
static const char *const seed[] = { "seed", NULL };
static const char *const demo[] = { "demo", "--if-empty", NULL };

/* Those whose tokens dev_tokens_make() signs. */
#define DEV_USER_STEP(role)                                                    \
    {                                                                          \
        "making the " role, (const char *const[])                              \
        {                                                                      \
            "user", role "@localhost", "--external-id", "dev-" role, "--role", \
                role, NULL                                                     \
        }                                                                      \
    }
#define DEV_USER_STEPS \
    DEV_USER_STEP("admin"), DEV_USER_STEP("editor"), DEV_USER_STEP("viewer")

static const struct dev_step steps[] = {
    { "migrating", migrate_up },
    { "seeding", seed },
    DEV_USER_STEPS,
    { "loading demonstration data", demo },
    { NULL, NULL },
};

static const struct dev_step steps_without_demo[] = {
    { "migrating", migrate_up },
    { "seeding", seed },
    DEV_USER_STEPS,
    { NULL, NULL },
};

static int take_replicas(struct invocation *invocation, unsigned *ret_count)
{
    int64_t count;
    int status =
        take_number(invocation, "--standbys", 0, REPLICAS_MAX, 0, &count);

    *ret_count = (unsigned)count;
    return status;
}

int verb_dev(struct invocation *invocation)
{
    struct dev_options options = {
        .listen = settings_text(invocation->settings, SETTING_LISTEN),
        .data = take_option(invocation, "--data"),
        .fresh = take_flag(invocation, "--fresh"),
        .steps =
            take_flag(invocation, "--no-demo") ? steps_without_demo : steps,
    };
    int status = take_replicas(invocation, &options.replicas);

    if (status == EXIT_OK)
        status = check_no_more(invocation, "dev");
    return status == EXIT_OK ? dev_main(&options) : status;
}

int verb_sandbox(struct invocation *invocation)
{
    struct sandbox_options options = {
        .data = take_option(invocation, "--data"),
        .no_fsync = take_flag(invocation, "--no-fsync"),
    };
    int status = take_replicas(invocation, &options.replicas);

    if (status != EXIT_OK)
        return status;
    if (invocation->argc < 2 || strcmp(invocation->argv[0], "--") != 0)
        return usage(invocation, "sandbox");
    options.command = (const char *const *)&invocation->argv[1];
    return sandbox_main(&options);
}
