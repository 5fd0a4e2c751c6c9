/* SPDX-License-Identifier: MIT */
/* A database behind a fault proxy. */
#pragma once

#include "database/target.h"
#include "support/fault_proxy.h"

/* Starts a proxy before the database of the URL. */
static inline struct fault_proxy proxied_start(const char *url)
{
    struct target *target = NULL;
    struct fault_proxy proxy;
    const char *port;
    char at[256];

    cr_assert_eq(target_parse(text_of(url), &target, NULL), 0);
    port = *target_port(target) ? target_port(target) : "5432";
    if (target_host(target)[0] == '/')
        snprintf(at, sizeof(at), "%s/.s.PGSQL.%s", target_host(target), port);
    else
        snprintf(at, sizeof(at), "%s:%s", target_host(target), port);
    proxy = fault_proxy_start(at);
    target_free(&target);
    return proxy;
}

/* The same database, through the proxy. */
static inline void proxied_url(const struct fault_proxy *proxy, const char *url,
                               char ret_url[static 1024])
{
    struct target *target = NULL;
    const struct target_option *options;
    unsigned count;
    int len;

    cr_assert_eq(target_parse(text_of(url), &target, NULL), 0);
    options = target_options(target, &count);
    len =
        snprintf(ret_url, 1024, "%s://%s:%s@%s/%s?sslmode=disable",
                 target_scheme(target), target_user(target),
                 target_password(target), proxy->address, target_name(target));
    for (unsigned i = 0; i < count; i++)
        if (strcmp(options[i].name, "options") == 0)
            snprintf(ret_url + len, 1024 - (size_t)len,
                     "&options=-csearch_path%%3D%s",
                     strchr(options[i].value, '=') + 1);
    target_free(&target);
}
