/* SPDX-License-Identifier: MIT */
/* Commands that look at a running instance. */
#include "admin/explain.h"
#include "admin/health.h"
#include "admin/remembered.h"
#include "admin/top.h"
#include "app/verb.h"
#include "base/memory.h"
#include "postgres/postgres.h"
#include "tls/certificate.h"

#include <stdlib.h>
#include <string.h>

enum {
    WAIT_S = 60,
    WAIT_S_MAX = 24 * 60 * 60,
    EVERY_S = 2,
    EVERY_S_MAX = 3600,
    TOKEN_BYTES_MAX = 64 * 1024
};

/* Which instance is asked, and what it takes to know it. */
struct asked {
    char *url;
    char pin[TLS_PIN_BYTES];
};

static void asked_fini(struct asked *asked)
{
    memory_free(&asked->url);
}

/*
 * Where our own settings answer what these commands ask. Its certificate is for
 * the names of clients, hardly for 127.0.0.1; but we have it in a file.
 */
static int find_own(const struct settings *settings, struct asked *asked)
{
    const char *admin = settings_text(settings, SETTING_ADMIN_LISTEN);
    const char *listen =
        admin[0] ? admin : settings_text(settings, SETTING_LISTEN);
    const char *certificate = settings_text(settings, SETTING_TLS_CERTIFICATE);
    struct diag diag;

    diag_init(&diag, NULL);
    asked->url = instance_url(listen, certificate[0]);
    if (!certificate[0] ||
        tls_certificate_pin(certificate, asked->pin, &diag) == 0)
        return EXIT_OK;
    say("tls_certificate: %s", diag.detail);
    return EXIT_CONFIG;
}

/* The URL that is named, or our own. EXIT_CONFIG, having said so. */
static int take_instance(struct invocation *invocation, struct asked *asked,
                         struct instance *instance)
{
    const char *url = take_argument(invocation);
    int status = EXIT_OK;

    if (url)
        asked->url = memory_copy(url, strlen(url));
    else
        status = find_own(invocation->settings, asked);
    instance->url = asked->url;
    instance->pin = asked->pin[0] ? asked->pin : NULL;
    return status;
}

int verb_health(struct invocation *invocation)
{
    struct health_options options = { .json = take_flag(invocation, "--json") };
    CLEANUP(asked_fini) struct asked asked = { 0 };
    int status = take_instance(invocation, &asked, &options.instance);

    if (status == EXIT_OK)
        status = check_no_more(invocation, "health");
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
    CLEANUP(asked_fini) struct asked asked = { 0 };

    options.timeout_s = (unsigned)timeout_s;
    if (status == EXIT_OK)
        status = take_instance(invocation, &asked, &options.instance);
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
    struct top_options options = { .once = take_flag(invocation, "--once"),
                                   .json = take_flag(invocation, "--json") };
    int64_t every_s;
    int status =
        take_number(invocation, "--every", 1, EVERY_S_MAX, EVERY_S, &every_s);
    CLEANUP(asked_fini) struct asked asked = { 0 };

    options.every_s = (unsigned)every_s;
    if (status == EXIT_OK)
        status = take_token(invocation, &token, &options.instance.token);
    if (status == EXIT_OK)
        status = take_instance(invocation, &asked, &options.instance);
    if (status == EXIT_OK)
        status = check_no_more(invocation, "top");
    return status == EXIT_OK ? top_command(&options) : status;
}

/* Of a path our own instance is asked. */
static int explain(struct invocation *invocation, bool json)
{
    CLEANUP(buffer_fini) struct buffer token = { 0 };
    CLEANUP(asked_fini) struct asked asked = { 0 };
    struct explain_options options = { .path = "", .json = json };
    const char *url;
    int status = take_token(invocation, &token, &options.instance.token);

    if (status != EXIT_OK)
        return status;
    url = take_argument(invocation);
    if (!url)
        return usage(invocation, "cache");
    if (url[0] == '/') {
        options.path = url;
        status = take_instance(invocation, &asked, &options.instance);
    } else {
        options.instance.url = url;
    }
    if (status == EXIT_OK)
        status = check_no_more(invocation, "cache");
    return status == EXIT_OK ? explain_command(&options) : status;
}

int verb_cache(struct invocation *invocation)
{
    struct remembered_options options = {
        .driver = &postgres_driver,
        .json = take_flag(invocation, "--json"),
    };
    const char *action = take_argument(invocation);
    bool flush = action && strcmp(action, "flush") == 0;
    int status;

    if (action && strcmp(action, "explain") == 0)
        return explain(invocation, options.json);
    if (!flush && (!action || strcmp(action, "status") != 0))
        return usage(invocation, "cache");
    if (flush)
        options.object = take_argument(invocation);
    status = check_no_more(invocation, "cache");
    if (status == EXIT_OK)
        status = database_url(invocation, &options.url);
    if (status != EXIT_OK)
        return status;
    return flush ? remembered_flush(&options) : remembered_status(&options);
}
