/* SPDX-License-Identifier: MIT */
#include "admin/url.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <ctype.h>

enum { NAME_BYTES_MAX = 3 * 64 };

/* What is no letter or digit, as %XX (RFC 3986 § 2.1). */
static void escape(const char *name, struct buffer *out)
{
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        buffer_add_format(out, isalnum(*c) || *c == '_' ? "%c" : "%%%02X", *c);
}

char *url_with_database(const char *url, const char *name)
{
    CLEANUP(buffer_fini) struct buffer escaped = { 0 };
    const char *scheme = strstr(url, "://");
    const char *host = scheme ? scheme + 3 : url;
    const char *path = host + strcspn(host, "/?");

    buffer_init(&escaped, NAME_BYTES_MAX);
    escape(name, &escaped);
    return memory_format("%.*s/%.*s%s", (int)(path - url), url,
                         TEXT_ARG(buffer_text(&escaped)),
                         path + strcspn(path, "?"));
}

char *url_as_role(const char *url, const char *role)
{
    return memory_format("%s%coptions=-c%%20role%%3D%s", url,
                         strchr(url, '?') ? '&' : '?', role);
}
