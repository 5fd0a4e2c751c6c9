/* SPDX-License-Identifier: MIT */
/* The sandbox's database behind a fault proxy. */
#pragma once

#include "support/fault_proxy.h"

/* The directory of its socket: "…?host=/run/pg&port=5432…" */
static inline const char *proxied_socket_dir(const char *url, size_t *ret_len)
{
    const char *at = strstr(url, "?host=/");

    cr_assert_not_null(at, "not a URL of `portcullis sandbox`");
    at += strlen("?host=");
    *ret_len = strcspn(at, "&");
    return at;
}

/* Starts a proxy before the database of the URL. */
static inline struct fault_proxy proxied_start(const char *url)
{
    char target[128];
    size_t len;
    const char *dir = proxied_socket_dir(url, &len);

    snprintf(target, sizeof(target), "%.*s/.s.PGSQL.5432", (int)len, dir);
    return fault_proxy_start(target);
}

/* The same database, through the proxy. */
static inline void proxied_url(const struct fault_proxy *proxy, const char *url,
                               char ret_url[static 1024])
{
    size_t len;
    const char *dir = proxied_socket_dir(url, &len);
    const char *rest = dir + len + strlen("&port=5432");

    snprintf(ret_url, 1024, "%.*s127.0.0.1&port=%u&sslmode=disable%s",
             (int)(dir - url), url, proxy->port, rest);
}
