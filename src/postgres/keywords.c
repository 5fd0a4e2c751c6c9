/* SPDX-License-Identifier: MIT */
#include "postgres/keywords.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

enum { ARENA_LIMIT_BYTES = 64 * 1024, ADDRESSES_MAX = 8 };

/* --- resolving ----------------------------------------------------------- */

struct lookup {
    const char *host, *port;
    int error;
    unsigned count;
    char at[ADDRESSES_MAX][INET6_ADDRSTRLEN];
};

static void look_up(void *arg)
{
    static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct lookup *lookup = arg;
    struct addrinfo *found = NULL;

    lookup->error = getaddrinfo(lookup->host, NULL, &hints, &found);
    for (struct addrinfo *a = found; a && lookup->count < ADDRESSES_MAX;
         a = a->ai_next)
        if (getnameinfo(a->ai_addr, a->ai_addrlen, lookup->at[lookup->count],
                        INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST) == 0)
            lookup->count++;
    if (found)
        freeaddrinfo(found);
}

static bool needs_lookup(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return *host && *host != '/' && *host != '@' &&
           inet_pton(AF_INET, host, address) != 1 &&
           inet_pton(AF_INET6, host, address) != 1;
}

/* --- collecting ---------------------------------------------------------- */

static void add(struct keywords *p, const char *name, const char *value)
{
    if (!value || !*value || p->count == KEYWORDS_MAX)
        return;
    p->names[p->count] = name;
    p->values[p->count++] = value;
}

/* One host, several addresses: libpq tries them in turn. */
static int add_addresses(struct keywords *p, const struct target *target,
                         struct diag *diag)
{
    const char *host = target_host(target);
    struct lookup lookup = { .host = host };
    char *hosts, *addresses;

    if (!needs_lookup(host)) {
        add(p, "host", host);
        return 0;
    }
    work_run(look_up, &lookup);
    if (lookup.count == 0)
        return FAIL(diag, ERR_CONNECT_FAILED,
                    "the database's host has no address");
    hosts = arena_format(&p->arena, "%s", host);
    addresses = arena_format(&p->arena, "%s", lookup.at[0]);
    for (unsigned i = 1; i < lookup.count && hosts && addresses; i++) {
        hosts = arena_format(&p->arena, "%s,%s", hosts, host);
        addresses = arena_format(&p->arena, "%s,%s", addresses, lookup.at[i]);
    }
    add(p, "host", hosts);
    add(p, "hostaddr", addresses);
    return 0;
}

/* " -c name=value" of each; in such options a space stands behind a \\. */
static const char *scope_settings(struct keywords *p, const struct scope *scope)
{
    const char *settings = "";

    for (unsigned i = 0; scope && settings && i < scope->count; i++) {
        const struct transaction_setting *setting = &scope->settings[i];

        CHECK(text_find(setting->value, ' ') < 0);
        settings = arena_format(&p->arena, "%s -c %s=%.*s", settings,
                                setting->name, TEXT_ARG(setting->value));
    }
    return settings;
}

/*
 * What our reading of values rests on, and what keeps a session from waiting
 * for ever. With a check interval the server stops a statement whose client
 * has gone, which makes closing the link a way to cancel.
 */
static const char *session_settings(struct keywords *p,
                                    const struct open_options *options,
                                    const char *given)
{
    return arena_format(
        &p->arena,
        "-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 "
        "-c extra_float_digits=1 -c bytea_output=hex "
        "-c standard_conforming_strings=on -c client_min_messages=warning "
        "-c client_connection_check_interval=1000 "
        "-c statement_timeout=%u%s%s %s",
        options->statement_timeout_ms,
        options->generic_plans ? " -c plan_cache_mode=force_generic_plan" : "",
        scope_settings(p, options->scope), given);
}

/* Ends half-open links in 5 s; a URL may say otherwise, as the last wins. */
static void add_defaults(struct keywords *p, const struct open_options *options)
{
    add(p, "application_name", options->application_name);
    add(p, "client_encoding", "UTF8");
    add(p, "gssencmode", "disable");
    add(p, "keepalives_idle", "5");
    add(p, "keepalives_interval", "2");
    add(p, "keepalives_count", "3");
    add(p, "tcp_user_timeout", "5000");
}

static void add_given(struct keywords *p, const struct target *target,
                      const struct open_options *options)
{
    const char *settings = "";
    unsigned count;
    const struct target_option *given = target_options(target, &count);

    for (unsigned i = 0; i < count; i++)
        if (strcmp(given[i].name, "options") == 0)
            settings = given[i].value;
        else
            add(p, given[i].name, given[i].value);
    /* A pooler refuses them: sessions it lends would have to be like that. */
    add(p, "options",
        options->pooled ? settings : session_settings(p, options, settings));
}

int keywords_make(struct keywords *p, const struct target *target,
                  const struct open_options *options, struct diag *diag)
{
    arena_init(&p->arena, ARENA_LIMIT_BYTES);
    add_defaults(p, options);
    add_given(p, target, options);
    add(p, "port", target_port(target));
    add(p, "user", target_user(target));
    add(p, "password", target_password(target));
    add(p, "dbname", target_name(target));
    return add_addresses(p, target, diag);
}

void keywords_fini(struct keywords *p)
{
    if (p->count > 0)
        arena_fini(&p->arena);
}
