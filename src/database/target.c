/* SPDX-License-Identifier: MIT */
#include "database/target.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/memory.h"

#include <stdio.h>

enum { TARGET_MAGIC = 0x54415247, OPTIONS_MAX = 32, URL_BYTES_MAX = 4096 };

struct target {
    unsigned magic;
    struct arena arena;
    const char *scheme, *host, *port, *user, *password, *name;
    struct target_option options[OPTIONS_MAX];
    unsigned option_count;
    const char *masked;
    char node[TARGET_NODE_BYTES];
};

/* --- percent-encoding ---------------------------------------------------- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : 0;

    return at ? (int)(at - digits) : -1;
}

/* %XX as one byte; -1 when it is not that, or would be a NUL. */
static int escaped_byte(struct text t)
{
    int high = t.len >= 3 ? hex_digit(t.at[1]) : -1;
    int low = t.len >= 3 ? hex_digit(t.at[2]) : -1;
    int byte = high * 16 + low;

    return high < 0 || low < 0 || byte == 0 ? -1 : byte;
}

/* A decoded copy, or NULL. */
static const char *decode(struct target *target, struct text t)
{
    char *copy = arena_take(&target->arena, t.len + 1);
    size_t len = 0;

    while (copy && t.len > 0) {
        int byte = *t.at == '%' ? escaped_byte(t) : (unsigned char)*t.at;

        if (byte <= 0)
            return NULL;
        copy[len++] = (char)byte;
        t = text_skip(t, *t.at == '%' ? 3 : 1);
    }
    if (copy)
        copy[len] = '\0';
    return copy;
}

/* --- the URL's parts ----------------------------------------------------- */

/* Where each part is, still encoded. */
struct parts {
    struct text scheme, user, password, host, port, name, query;
};

/* Cuts `from` at the first `byte`: before it, and behind it if it is there. */
static struct text cut_at(struct text from, char byte, struct text *ret_rest)
{
    ptrdiff_t at = text_find(from, byte);

    if (at < 0) {
        *ret_rest = TEXT_NULL;
        return from;
    }
    *ret_rest = text_skip(from, (size_t)at + 1);
    return text_from(from.at, (size_t)at);
}

static ptrdiff_t find_last(struct text t, char byte)
{
    const char *at = t.len ? memrchr(t.at, byte, t.len) : NULL;

    return at ? at - t.at : -1;
}

static bool split_host(struct text at, struct parts *parts)
{
    ptrdiff_t end;

    if (at.len == 0 || *at.at != '[') {
        parts->host = cut_at(at, ':', &parts->port);
        return true;
    }
    end = text_find(at, ']');
    if (end < 0)
        return false;
    parts->host = text_from(at.at + 1, (size_t)end - 1);
    at = text_skip(at, (size_t)end + 1);
    parts->port = at.len ? text_skip(at, 1) : TEXT_NULL;
    return at.len == 0 || *at.at == ':';
}

static bool split(struct text url, struct parts *parts)
{
    struct text authority, credentials;
    ptrdiff_t at;

    parts->scheme = cut_at(url, ':', &url);
    if (!text_starts_with(url, "//"))
        return false;
    url = cut_at(text_skip(url, 2), '?', &parts->query);
    authority = cut_at(url, '/', &parts->name);
    at = find_last(authority, '@');
    if (at >= 0) {
        credentials = text_from(authority.at, (size_t)at);
        parts->user = cut_at(credentials, ':', &parts->password);
        authority = text_skip(authority, (size_t)at + 1);
    }
    return split_host(authority, parts);
}

/* --- taking them in ------------------------------------------------------ */

static bool take_option(struct target *target, const char *name,
                        const char *value)
{
    if (strcmp(name, "host") == 0)
        target->host = value;
    else if (strcmp(name, "port") == 0)
        target->port = value;
    else if (strcmp(name, "user") == 0)
        target->user = value;
    else if (strcmp(name, "password") == 0)
        target->password = value;
    else if (strcmp(name, "dbname") == 0)
        target->name = value;
    else if (target->option_count < OPTIONS_MAX)
        target->options[target->option_count++] =
            (struct target_option){ name, value };
    else
        return false;
    return true;
}

static bool take_options(struct target *target, struct text query)
{
    struct text pair, value;

    if (text_is_null(query) || query.len == 0)
        return true;
    while (text_cut(&query, '&', &pair)) {
        struct text name = cut_at(pair, '=', &value);
        const char *n = decode(target, name);
        const char *v = text_is_null(value) ? NULL : decode(target, value);

        if (!n || !v || !take_option(target, n, v))
            return false;
    }
    return true;
}

static bool take_parts(struct target *target, const struct parts *parts)
{
    target->scheme = decode(target, parts->scheme);
    target->user = decode(target, parts->user);
    target->password = decode(target, parts->password);
    target->host = decode(target, parts->host);
    target->port = decode(target, parts->port);
    target->name = decode(target, parts->name);
    return target->scheme && target->user && target->password && target->host &&
           target->port && target->name && take_options(target, parts->query);
}

static bool is_port(const char *port)
{
    int64_t number;

    return *port == '\0' || (text_to_int64(text_of(port), &number) &&
                             number > 0 && number < 65536);
}

/* What is told instead of the password; options are left out, as libpq and
 * others take a password there too. */
static bool write_labels(struct target *target)
{
    bool v6 = strchr(target->host, ':') != NULL;
    const char *port = *target->port ? target->port : NULL;

    snprintf(target->node, sizeof(target->node), "%s%s%s/%s", target->host,
             port ? ":" : "", port ? port : "", target->name);
    target->masked =
        arena_format(&target->arena, "%s://%s%s%s%s%s%s%s%s/%s", target->scheme,
                     target->user, *target->password ? ":***" : "",
                     *target->user || *target->password ? "@" : "",
                     v6 ? "[" : "", target->host, v6 ? "]" : "",
                     port ? ":" : "", port ? port : "", target->name);
    return target->masked != NULL;
}

int target_parse(struct text url, struct target **ret_target, struct diag *diag)
{
    CLEANUP(target_free) struct target *target = NEW(struct target);
    struct parts parts = { 0 };

    target->magic = TARGET_MAGIC;
    arena_init(&target->arena, (size_t)4 * URL_BYTES_MAX);
    if (url.len > URL_BYTES_MAX)
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "the database URL is too long");
    if (url.len == 0 || !split(url, &parts) || !take_parts(target, &parts))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "the database URL is not of the form "
                    "scheme://user:password@host:port/name?option=value");
    if (!is_port(target->port))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "the database URL's port is no number from 1 to 65535");
    if (strchr(target->host, ','))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "the database URL must name one host only");
    if (!write_labels(target))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "the database URL is too long");
    *ret_target = target;
    target = NULL;
    return 0;
}

void target_free(struct target **target)
{
    if (!*target)
        return;
    OBJ_CHECK(*target, TARGET_MAGIC);
    if ((*target)->password)
        explicit_bzero((char *)(*target)->password,
                       strlen((*target)->password));
    arena_fini(&(*target)->arena);
    memory_free(target);
}

const char *target_scheme(const struct target *target)
{
    return target->scheme;
}

const char *target_host(const struct target *target)
{
    return target->host;
}

const char *target_port(const struct target *target)
{
    return target->port;
}

const char *target_user(const struct target *target)
{
    return target->user;
}

const char *target_password(const struct target *target)
{
    return target->password;
}

const char *target_name(const struct target *target)
{
    return target->name;
}

const struct target_option *target_options(const struct target *target,
                                           unsigned *ret_count)
{
    *ret_count = target->option_count;
    return target->options;
}

const char *target_masked(const struct target *target)
{
    return target->masked;
}

const char *target_node(const struct target *target)
{
    return target->node;
}
