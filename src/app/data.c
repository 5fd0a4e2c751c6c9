/* SPDX-License-Identifier: MIT */
/* Commands on the data: its schema, what is put in, what is made up. */
#include "admin/audit.h"
#include "admin/demo.h"
#include "admin/import.h"
#include "admin/key.h"
#include "admin/migrate.h"
#include "admin/user.h"
#include "app/verb.h"
#include "postgres/postgres.h"
#include "schema/files.h"

#include <limits.h>
#include <string.h>

static bool find_migrate_verb(const char *name, enum migrate_verb *ret)
{
    static const char *const names[] = { [MIGRATE_UP] = "up",
                                         [MIGRATE_DOWN] = "down",
                                         [MIGRATE_STATUS] = "status" };

    for (size_t i = 0; name && i < ARRAY_LEN(names); i++) {
        *ret = (enum migrate_verb)i;
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

int verb_migrate(struct invocation *invocation)
{
    struct migrate_options options = { .driver = &postgres_driver,
                                       .files = schema_files,
                                       .json = take_flag(invocation, "--json"),
                                       .yes = take_flag(invocation, "--yes"),
                                       .to = take_option(invocation, "--to") };
    int64_t count;
    int status = take_number(invocation, "--count", 1, UINT_MAX, 0, &count);

    if (status != EXIT_OK)
        return status;
    if (!find_migrate_verb(take_argument(invocation), &options.verb))
        return usage(invocation, "migrate");
    options.count = (unsigned)count;
    status = check_no_more(invocation, "migrate");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? migrate_command(&options) : status;
}

int verb_seed(struct invocation *invocation)
{
    struct migrate_options options = { .verb = MIGRATE_SEED,
                                       .driver = &postgres_driver,
                                       .files = schema_files };
    int status = check_no_more(invocation, "seed");

    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? migrate_command(&options) : status;
}

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
