/* SPDX-License-Identifier: MIT */
#include "http/gate_parts.h"

#include "base/check.h"

#include <arpa/inet.h>

enum { PORT_DIGITS_MAX = 5, PORT_MAX = 65535 };

/* `[…]` at the front: its length, or 0. */
static size_t ipv6_literal(struct text t)
{
    char address[INET6_ADDRSTRLEN] = "";
    ptrdiff_t end = text_find(t, ']');
    struct in6_addr parsed;

    if (end < 2 || (size_t)end > sizeof(address))
        return 0;
    memcpy(address, t.at + 1, (size_t)end - 1);
    return inet_pton(AF_INET6, address, &parsed) == 1 ? (size_t)end + 1 : 0;
}

/* A reg-name or an IPv4 address at the front: its length, or 0. */
static size_t host_name(struct text t)
{
    size_t len = gate__span(t.at, t.len, GATE_NAME);

    for (size_t i = 0; i < len; i++) {
        if (t.at[i] != '%')
            continue;
        if (len - i < 3 || gate__span(t.at + i + 1, 2, GATE_HEX) < 2)
            return 0;
    }
    return len;
}

static bool is_port(struct text t)
{
    int64_t port = 0;

    if (t.len == 0)
        return true;
    return t.len <= PORT_DIGITS_MAX && gate__all(t, GATE_DIGIT) &&
           text_to_int64(t, &port) && port <= PORT_MAX;
}

bool gate__is_authority(struct text t)
{
    size_t host;

    if (t.len == 0 || t.len > GATE_HOST_MAX)
        return false;
    host = t.at[0] == '[' ? ipv6_literal(t) : host_name(t);
    if (host == 0)
        return false;
    t = text_skip(t, host);
    return t.len == 0 || (t.at[0] == ':' && is_port(text_skip(t, 1)));
}

struct text gate__authority(struct text target)
{
    static const struct text schemes[] = { TEXT("http://"), TEXT("https://") };

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        struct text scheme = schemes[i], rest;
        size_t len = 0;

        if (target.len < scheme.len ||
            !text_equal_nocase(text_from(target.at, scheme.len), scheme))
            continue;
        rest = text_skip(target, scheme.len);
        while (len < rest.len && rest.at[len] != '/' && rest.at[len] != '?')
            len++;
        return text_from(rest.at, len);
    }
    return TEXT_NULL;
}

/*
 * Puts the authority into the Host line, which grows towards the front; what
 * lies between the path and that line moves with it, over the place where the
 * target had its scheme and authority. Returns where the path is then.
 */
static char *replace_host(char *path, char *host_line, struct text authority)
{
    char *end = (char *)rawmemchr(host_line, '\n') + 1;
    size_t between = (size_t)(host_line - path);
    char *line = end - (sizeof("Host: \r\n") - 1 + authority.len);

    memmove(line - between, path, between);
    memcpy(line, "Host: ", 6);
    memcpy(line + 6, authority.at, authority.len);
    return line - between;
}

size_t gate__make_origin_form(const struct gate *gate, char *head)
{
    char host[GATE_HOST_MAX];
    size_t method = (size_t)((char *)rawmemchr(head, ' ') - head) + 1;
    const char *target = head + method, *end = rawmemchr(target, ' ');
    struct text authority =
        gate__authority(text_from(target, (size_t)(end - target)));
    char *path = head + (authority.at - head) + authority.len;
    bool asterisk = *path == ' ' && *head == 'O';

    CHECK(authority.len <= sizeof(host));
    memcpy(host, authority.at, authority.len);
    authority.at = host;
    if (gate->marks & GATE_HOST)
        path = replace_host(path, head + gate->host_at, authority);
    if (*path != '/')
        *--path = asterisk ? '*' : '/'; /* RFC 9112, 3.2.4 */
    path -= method;
    memmove(path, head, method);
    CHECK(path >= head);
    return (size_t)(path - head);
}
