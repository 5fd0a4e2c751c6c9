/* SPDX-License-Identifier: MIT */
/* Commands that keep the data from being lost. */
#include "admin/backup.h"
#include "admin/confirm.h"
#include "admin/restore.h"
#include "admin/verify.h"
#include "app/verb.h"
#include "postgres/postgres.h"

int verb_backup(struct invocation *invocation)
{
    struct backup_options options = { .driver = &postgres_driver,
                                      .json = take_flag(invocation, "--json") };
    int64_t keep;
    int status =
        take_number(invocation, "--keep", 1, BACKUP_KEEP_MAX, 0, &keep);

    if (status != EXIT_OK)
        return status;
    options.keep = (unsigned)keep;
    options.home = take_argument(invocation);
    if (!options.home)
        return usage(invocation, "backup");
    status = check_no_more(invocation, "backup");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? backup_main(&options) : status;
}

/* Whoever replaces a database names it, so that its name can be asked for. */
static int confirm_replacing(const struct restore_options *options, bool yes)
{
    struct refusal why = { 0 };
    int r;

    if (!options->replace)
        return EXIT_OK;
    r = options->name
            ? confirm_database(options->name,
                               "This puts a backup in its place; it is kept "
                               "under another name.",
                               yes, &why)
            : refuse(&why, EXIT_USAGE,
                     "--replace wants to be told which one: --as NAME");
    if (r < 0)
        say("%s", why.line);
    return -r;
}

int verb_restore(struct invocation *invocation)
{
    struct restore_options options = {
        .driver = &postgres_driver,
        .name = take_option(invocation, "--as"),
        .replace = take_flag(invocation, "--replace"),
        .disconnect = take_flag(invocation, "--disconnect"),
        .json = take_flag(invocation, "--json"),
    };
    bool yes = take_flag(invocation, "--yes");
    int status;

    options.backup = take_argument(invocation);
    if (!options.backup)
        return usage(invocation, "restore");
    status = check_no_more(invocation, "restore");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    if (status == EXIT_OK)
        status = confirm_replacing(&options, yes);
    return status == EXIT_OK ? restore_main(&options) : status;
}

int verb_verify(struct invocation *invocation)
{
    struct verify_options options = { .driver = &postgres_driver,
                                      .json = take_flag(invocation, "--json") };
    int status;

    options.backup = take_argument(invocation);
    if (!options.backup)
        return usage(invocation, "verify");
    status = check_no_more(invocation, "verify");
    return status == EXIT_OK ? verify_main(&options) : status;
}

int verb_drill(struct invocation *invocation)
{
    struct drill_options options = { .driver = &postgres_driver,
                                     .json = take_flag(invocation, "--json") };
    int status;

    options.home = take_argument(invocation);
    status = check_no_more(invocation, "drill");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? drill_main(&options) : status;
}
