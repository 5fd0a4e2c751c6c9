/* SPDX-License-Identifier: MIT */
#include "redis/address.h"

#include "base/id.h"
#include "base/memory.h"

#include <stdio.h>

#define DEFAULT_PORT "6379"

enum { DATABASES_MAX = 65535 };

static char *copy_of(struct text t)
{
    return memory_copy(t.len > 0 ? t.at : "", t.len);
}

/* In place; false for what is no encoding, and for a NUL. */
static bool decode(char *text)
{
    char *to = text;

    for (const char *at = text; *at; at++, to++) {
        *to = *at;
        if (*at != '%')
            continue;
        if (hex_value(at[1]) < 0 || hex_value(at[2]) < 0)
            return false;
        *to = (char)(hex_value(at[1]) * 16 + hex_value(at[2]));
        at += 2;
        if (*to == '\0')
            return false;
    }
    *to = '\0';
    return true;
}

static ptrdiff_t find_last(struct text t, char byte)
{
    ptrdiff_t found = -1;

    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] == byte)
            found = (ptrdiff_t)i;
    return found;
}

/* What stands before the last `@`; a password may hold one. */
static bool take_credentials(struct text *rest, struct redis_address *a)
{
    ptrdiff_t at = find_last(*rest, '@'), colon;
    struct text given, user;

    if (at < 0) {
        a->user = copy_of(TEXT(""));
        a->password = copy_of(TEXT(""));
        return true;
    }
    given = text_from(rest->at, (size_t)at);
    *rest = text_skip(*rest, (size_t)at + 1);
    colon = text_find(given, ':');
    if (colon < 0)
        return false;
    user = text_from(given.at, (size_t)colon);
    a->user = copy_of(user);
    a->password = copy_of(text_skip(given, (size_t)colon + 1));
    return decode(a->user) && decode(a->password);
}

static bool take_number(struct text given, struct redis_address *a)
{
    int64_t number = 0;

    if (given.len > 0 && (!text_to_int64(given, &number) || number < 0 ||
                          number > DATABASES_MAX))
        return false;
    a->number = memory_format("%d", (int)number);
    return true;
}

static bool is_port(struct text given)
{
    int64_t number;

    return text_to_int64(given, &number) && number > 0 && number < 65536;
}

static bool take_host(struct text given, struct redis_address *a)
{
    struct text host = given, port = TEXT(DEFAULT_PORT);
    ptrdiff_t end = given.len > 0 && given.at[0] == '['
                        ? text_find(given, ']')
                        : text_find(given, ':') - 1;
    size_t next = (size_t)(end + 1);

    if (given.len > 0 && given.at[0] == '[' && end < 0)
        return false;
    if (end >= -1 && next < given.len && given.at[next] == ':') {
        host = text_from(given.at, next);
        port = text_skip(given, next + 1);
    }
    if (host.len >= 2 && host.at[0] == '[')
        host = text_from(host.at + 1, host.len - 2);
    if (host.len == 0 || !is_port(port))
        return false;
    a->host = copy_of(host);
    a->port = copy_of(port);
    return true;
}

static bool take_network(struct text rest, struct redis_address *a)
{
    ptrdiff_t slash;

    if (!take_credentials(&rest, a))
        return false;
    slash = text_find(rest, '/');
    if (!take_host(slash < 0 ? rest : text_from(rest.at, (size_t)slash), a) ||
        !take_number(slash < 0 ? TEXT("") : text_skip(rest, (size_t)slash + 1),
                     a))
        return false;
    snprintf(a->node, sizeof(a->node), "%s:%s/%s", a->host, a->port, a->number);
    return true;
}

static bool take_socket(struct text rest, struct redis_address *a)
{
    ptrdiff_t mark = text_find(rest, '?');
    struct text query = TEXT("");

    if (mark >= 0) {
        query = text_skip(rest, (size_t)mark + 1);
        rest = text_from(rest.at, (size_t)mark);
        if (!text_starts_with(query, "db="))
            return false;
        query = text_skip(query, 3);
    }
    if (!take_credentials(&rest, a) || rest.len == 0 || rest.at[0] != '/')
        return false;
    a->path = copy_of(rest);
    snprintf(a->node, sizeof(a->node), "%s", a->path);
    return take_number(query, a);
}

int redis_address_parse(struct text url, struct redis_address *ret_address,
                        struct diag *diag)
{
    struct redis_address a = { .path = NULL };
    bool good = false;

    if (text_starts_with(url, "rediss:"))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "redis_url: TLS is not spoken here: let a proxy beside the "
                    "service speak it (docs/coherence.md)");
    if (text_starts_with(url, "redis://"))
        good = take_network(text_skip(url, strlen("redis://")), &a);
    else if (text_starts_with(url, "unix://"))
        good = take_socket(text_skip(url, strlen("unix://")), &a);
    if (good) {
        *ret_address = a;
        return 0;
    }
    redis_address_fini(&a);
    return FAIL(diag, ERR_INVALID_PARAMETER,
                "redis_url must look like redis://user:password@host:port/0 or "
                "unix:///path/redis.sock");
}

void redis_address_use_password(struct redis_address *a, const char *password)
{
    if (!password[0])
        return;
    memory_free(&a->password);
    a->password = memory_copy(password, strlen(password));
}

void redis_address_fini(struct redis_address *a)
{
    memory_free(&a->path);
    memory_free(&a->host);
    memory_free(&a->port);
    memory_free(&a->user);
    memory_free(&a->password);
    memory_free(&a->number);
}
