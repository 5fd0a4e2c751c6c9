/* SPDX-License-Identifier: MIT */
/* Commands that look whether the database is as it should be. */
#include "admin/advise.h"
#include "admin/check_data.h"
#include "admin/check_queries.h"
#include "admin/profile.h"
#include "app/verb.h"
#include "postgres/postgres.h"

#include <string.h>

static int check_queries(struct invocation *invocation, bool json)
{
    struct check_queries_options options = { .driver = &postgres_driver,
                                             .json = json };
    int status = check_no_more(invocation, "check");

    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? check_queries_main(&options) : status;
}

static int check_data(struct invocation *invocation, bool json)
{
    struct check_data_options options = {
        .driver = &postgres_driver,
        .fix = take_flag(invocation, "--fix"),
        .json = json,
    };
    int status = check_no_more(invocation, "check");

    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? check_data_main(&options) : status;
}

int verb_profile(struct invocation *invocation)
{
    struct profile_options options = {
        .driver = &postgres_driver,
        .metrics = take_option(invocation, "--metrics"),
        .json = take_flag(invocation, "--json"),
    };
    int64_t top;
    int status = take_number(invocation, "--top", 1, 1000, 20, &top);

    options.top = (unsigned)top;
    if (status == EXIT_OK)
        status = check_no_more(invocation, "profile");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? profile_main(&options) : status;
}

int verb_advise(struct invocation *invocation)
{
    struct advise_options options = {
        .driver = &postgres_driver,
        .down = take_flag(invocation, "--down"),
        .json = take_flag(invocation, "--json"),
    };
    int status = check_no_more(invocation, "advise");

    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? advise_main(&options) : status;
}

int verb_check(struct invocation *invocation)
{
    bool json = take_flag(invocation, "--json");
    const char *action = take_argument(invocation);

    if (action && strcmp(action, "queries") == 0)
        return check_queries(invocation, json);
    if (action && strcmp(action, "data") == 0)
        return check_data(invocation, json);
    return usage(invocation, "check");
}
