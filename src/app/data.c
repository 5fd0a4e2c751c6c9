/* SPDX-License-Identifier: MIT */
/* Commands on the data: what is put in, what is made up, who was there. */
#include "admin/audit.h"
#include "admin/demo.h"
#include "admin/import.h"
#include "admin/key.h"
#include "admin/user.h"
#include "app/verb.h"
#include "postgres/postgres.h"

#include <string.h>

int verb_import(struct invocation *invocation)
{
    struct import_options options = {
        .driver = &postgres_driver,
        .report = take_option(invocation, "--report"),
        .json = take_flag(invocation, "--json"),
    };
    int status;

    options.what = take_argument(invocation);
    options.file = take_argument(invocation);
    if (!options.what || !options.file)
        return usage(invocation, "import");
    status = check_no_more(invocation, "import");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? import_main(&options) : status;
}

int verb_user(struct invocation *invocation)
{
    struct user_options options = {
        .driver = &postgres_driver,
        .name = take_option(invocation, "--name"),
        .external_id = take_option(invocation, "--external-id"),
        .role = take_option(invocation, "--role"),
        .json = take_flag(invocation, "--json"),
    };
    int status;

    options.email = take_argument(invocation);
    if (!options.email)
        return usage(invocation, "user");
    status = check_no_more(invocation, "user");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? user_command(&options) : status;
}

int verb_key(struct invocation *invocation)
{
    static const struct {
        const char *name;
        int (*run)(const struct key_options *options);
    } kinds[] = { { "create", key_create_command },
                  { "list", key_list_command },
                  { "revoke", key_revoke_command } };
    struct key_options options = {
        .driver = &postgres_driver,
        .name = take_option(invocation, "--name"),
        .scopes = take_option(invocation, "--scopes"),
        .json = take_flag(invocation, "--json"),
    };
    const char *name;
    int64_t days;
    int status = take_number(invocation, "--days", 1, KEY_DAYS_MAX, 0, &days);

    if (status != EXIT_OK)
        return status;
    options.days = (unsigned)days;
    name = take_argument(invocation);
    options.of = take_argument(invocation);
    for (size_t i = 0; name && i < ARRAY_LEN(kinds); i++) {
        if (strcmp(kinds[i].name, name) != 0)
            continue;
        status = check_no_more(invocation, "key");
        if (status == EXIT_OK)
            status = database_url(invocation, &options.url);
        return status == EXIT_OK ? kinds[i].run(&options) : status;
    }
    return usage(invocation, "key");
}

int verb_demo(struct invocation *invocation)
{
    static const struct {
        const char *name;
        int64_t preset;
    } counts[] = { { "--bills", DEMO_BILLS },
                   { "--people", DEMO_PEOPLE },
                   { "--users", DEMO_USERS },
                   { "--seed", DEMO_SEED } };
    struct demo_options options = {
        .driver = &postgres_driver,
        .if_empty = take_flag(invocation, "--if-empty"),
        .json = take_flag(invocation, "--json"),
    };
    uint64_t *const into[] = { &options.bills, &options.people, &options.users,
                               &options.seed };
    int status = EXIT_OK;

    for (size_t i = 0; i < ARRAY_LEN(counts) && status == EXIT_OK; i++) {
        int64_t count;

        status = take_number(invocation, counts[i].name, 0, DEMO_COUNT_MAX,
                             counts[i].preset, &count);
        *into[i] = (uint64_t)count;
    }
    if (status == EXIT_OK)
        status = check_no_more(invocation, "demo");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? demo_main(&options) : status;
}

int verb_audit(struct invocation *invocation)
{
    static const struct {
        const char *name;
        int (*run)(const struct audit_options *options);
    } kinds[] = { { "verify", audit_verify },
                  { "partitions", audit_partitions } };
    struct audit_options options = {
        .driver = &postgres_driver,
        .head = take_option(invocation, "--head"),
        .json = take_flag(invocation, "--json"),
    };
    const char *name;
    int64_t months;
    int status = take_number(invocation, "--months", 0, AUDIT_MONTHS_MAX,
                             AUDIT_MONTHS, &months);

    if (status != EXIT_OK)
        return status;
    options.months = (unsigned)months;
    name = take_argument(invocation);
    for (size_t i = 0; name && i < ARRAY_LEN(kinds); i++) {
        if (strcmp(kinds[i].name, name) != 0)
            continue;
        status = check_no_more(invocation, "audit");
        if (status == EXIT_OK)
            status = database_url(invocation, &options.url);
        return status == EXIT_OK ? kinds[i].run(&options) : status;
    }
    return usage(invocation, "audit");
}
