/* SPDX-License-Identifier: MIT */
/* Commands on the schema: what makes it, moves it, and looks at it. */
#include "admin/migrate.h"
#include "admin/migrate_files.h"
#include "admin/migrate_validate.h"
#include "admin/setup.h"
#include "app/verb.h"
#include "postgres/postgres.h"
#include "schema/files.h"

#include <limits.h>
#include <string.h>

enum { PASSWORD_BYTES_MAX = 1024 };

/* --- migrate --------------------------------------------------------------
 */

static int move(struct invocation *invocation, enum migrate_verb verb)
{
    struct migrate_options options = { .verb = verb,
                                       .driver = &postgres_driver,
                                       .files = schema_files,
                                       .json = take_flag(invocation, "--json"),
                                       .yes = take_flag(invocation, "--yes"),
                                       .to = take_option(invocation, "--to") };
    int64_t count;
    int status = take_number(invocation, "--count", 1, UINT_MAX, 0, &count);

    options.count = (unsigned)count;
    if (verb == MIGRATE_TO && !(options.to = take_argument(invocation)))
        return usage(invocation, "migrate");
    if (status == EXIT_OK)
        status = check_no_more(invocation,
                               verb == MIGRATE_SEED ? "seed" : "migrate");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? migrate_command(&options) : status;
}

static int go_up(struct invocation *invocation)
{
    return move(invocation, MIGRATE_UP);
}

static int go_down(struct invocation *invocation)
{
    return move(invocation, MIGRATE_DOWN);
}

static int go_to(struct invocation *invocation)
{
    return move(invocation, MIGRATE_TO);
}

static int redo(struct invocation *invocation)
{
    return move(invocation, MIGRATE_REDO);
}

static int show_status(struct invocation *invocation)
{
    return move(invocation, MIGRATE_STATUS);
}

static int validate(struct invocation *invocation)
{
    struct migrate_validate_options options = {
        .driver = &postgres_driver,
        .files = schema_files,
        .scratch = take_option(invocation, "--scratch"),
        .json = take_flag(invocation, "--json"),
    };
    int status = check_no_more(invocation, "migrate");

    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? migrate_validate(&options) : status;
}

static int lint(struct invocation *invocation)
{
    struct migrate_lint_options options = {
        .driver = &postgres_driver,
        .files = schema_files,
        .json = take_flag(invocation, "--json"),
        .paths = invocation->argv,
    };
    int status = EXIT_OK;

    if (!options.paths[0])
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? migrate_lint(&options) : status;
}

static int make_new(struct invocation *invocation)
{
    const char *dir = take_option(invocation, "--dir");
    struct migrate_new_options options = {
        .dir = dir ? dir : "schema",
        .concurrently = take_flag(invocation, "--no-transaction"),
        .json = take_flag(invocation, "--json"),
    };
    int status;

    options.domain = take_argument(invocation);
    options.name = take_argument(invocation);
    if (!options.domain || !options.name)
        return usage(invocation, "migrate");
    status = check_no_more(invocation, "migrate");
    return status == EXIT_OK ? migrate_new(&options) : status;
}

int verb_migrate(struct invocation *invocation)
{
    static const struct {
        const char *name;
        verb_fn *run;
    } actions[] = { { "up", go_up },           { "down", go_down },
                    { "to", go_to },           { "redo", redo },
                    { "status", show_status }, { "validate", validate },
                    { "lint", lint },          { "new", make_new } };
    const char *name = take_argument(invocation);

    for (size_t i = 0; name && i < ARRAY_LEN(actions); i++)
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].run(invocation);
    return usage(invocation, "migrate");
}

int verb_seed(struct invocation *invocation)
{
    return move(invocation, MIGRATE_SEED);
}

/* --- setup and reset ------------------------------------------------------
 */

/* A file's content without the line end behind it; TEXT_NULL: none is named. */
static int take_password(struct invocation *invocation, const char *option,
                         struct buffer *bytes, struct text *ret)
{
    bool named;
    int status =
        take_file(invocation, option, PASSWORD_BYTES_MAX, bytes, &named);

    *ret = TEXT_NULL;
    if (status != EXIT_OK || !named)
        return status;
    while (bytes->len > 0 && strchr("\r\n", bytes->at[bytes->len - 1]))
        bytes->len--;
    *ret = buffer_text(bytes);
    return EXIT_OK;
}

int verb_setup(struct invocation *invocation)
{
    CLEANUP(buffer_fini) struct buffer owner = { 0 };
    CLEANUP(buffer_fini) struct buffer service = { 0 };
    const char *database = take_option(invocation, "--database");
    const char *role = take_option(invocation, "--owner");
    struct setup_options options = {
        .driver = &postgres_driver,
        .files = schema_files,
        .extra = schema_setup,
        .database = database ? database : "portcullis",
        .owner = role ? role : "portcullis_owner",
        .seed = !take_flag(invocation, "--no-seed"),
        .dry_run = take_flag(invocation, "--dry-run"),
        .json = take_flag(invocation, "--json"),
    };
    int status = take_password(invocation, "--owner-password-file", &owner,
                               &options.owner_password);

    if (status == EXIT_OK)
        status = take_password(invocation, "--service-password-file", &service,
                               &options.service_password);
    if (status == EXIT_OK)
        status = check_no_more(invocation, "setup");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? setup_command(&options) : status;
}

int verb_reset(struct invocation *invocation)
{
    struct reset_options options = {
        .driver = &postgres_driver,
        .files = schema_files,
        .yes = take_flag(invocation, "--yes"),
        .force = take_flag(invocation, "--force"),
        .seed = !take_flag(invocation, "--no-seed"),
        .json = take_flag(invocation, "--json"),
    };
    int status = check_no_more(invocation, "reset");

    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    return status == EXIT_OK ? reset_command(&options) : status;
}
