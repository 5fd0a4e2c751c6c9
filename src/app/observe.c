/* SPDX-License-Identifier: MIT */
/* Commands that look at a running instance. */
#include "admin/health.h"
#include "admin/top.h"
#include "app/verb.h"
#include "base/memory.h"
#include "postgres/postgres.h"

#include <stdlib.h>
#include <string.h>

enum {
    WAIT_S = 60,
    WAIT_S_MAX = 24 * 60 * 60,
    EVERY_S = 2,
    EVERY_S_MAX = 3600,
    TOKEN_BYTES_MAX = 64 * 1024
};

/* Where our own settings answer what these commands ask; to be freed. */
static char *own_instance(const struct settings *settings)
{
    const char *admin = settings_text(settings, SETTING_ADMIN_LISTEN);
    const char *listen =
        admin[0] ? admin : settings_text(settings, SETTING_LISTEN);

    return instance_url(listen,
                        settings_text(settings, SETTING_TLS_CERTIFICATE)[0]);
}

/* The URL that is named, or our own; to be freed. */
static char *take_instance(struct invocation *invocation)
{
    const char *url = take_argument(invocation);

    return url ? memory_copy(url, strlen(url))
               : own_instance(invocation->settings);
}

int verb_health(struct invocation *invocation)
{
    struct health_options options = { .json = take_flag(invocation, "--json") };
    CLEANUP(memory_free) char *url = take_instance(invocation);
    int status = check_no_more(invocation, "health");

    options.instance.url = url;
    return status == EXIT_OK ? health_command(&options) : status;
}

int verb_wait(struct invocation *invocation)
{
    struct wait_options options = { .driver = &postgres_driver,
                                    .json = take_flag(invocation, "--json") };
    bool database = take_flag(invocation, "--database");
    int64_t timeout_s;
    int status =
        take_number(invocation, "--timeout", 0, WAIT_S_MAX, WAIT_S, &timeout_s);
    CLEANUP(memory_free) char *url = take_instance(invocation);

    options.timeout_s = (unsigned)timeout_s;
    options.instance.url = url;
    if (status == EXIT_OK)
        status = check_no_more(invocation, "wait");
    if (status == EXIT_OK && database)
        status = database_url(invocation, &options.database_url);
    return status == EXIT_OK ? wait_command(&options) : status;
}

/* The file's one line; or PORTCULLIS_TOKEN. EXIT_CONFIG, having said so. */
static int take_token(struct invocation *invocation, struct buffer *bytes,
                      const char **ret_token)
{
    bool named;
    int status =
        take_file(invocation, "--token-file", TOKEN_BYTES_MAX, bytes, &named);

    *ret_token = getenv("PORTCULLIS_TOKEN");
    if (status != EXIT_OK || !named)
        return status;
    bytes->at[strcspn(bytes->at, "\r\n")] = '\0';
    *ret_token = bytes->at;
    return EXIT_OK;
}

int verb_top(struct invocation *invocation)
{
    CLEANUP(buffer_fini) struct buffer token = { 0 };
    struct top_options options = { .once = take_flag(invocation, "--once") };
    int64_t every_s;
    int status =
        take_number(invocation, "--every", 1, EVERY_S_MAX, EVERY_S, &every_s);
    CLEANUP(memory_free) char *url = NULL;

    if (status == EXIT_OK)
        status = take_token(invocation, &token, &options.instance.token);
    url = take_instance(invocation);
    options.every_s = (unsigned)every_s;
    options.instance.url = url;
    if (status == EXIT_OK)
        status = check_no_more(invocation, "top");
    return status == EXIT_OK ? top_command(&options) : status;
}
