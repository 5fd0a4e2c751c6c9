/* SPDX-License-Identifier: MIT */
#include "admin/tell.h"

#include "json/encode.h"

#include <stdio.h>

enum { TOLD_BYTES_MAX = 1 << 20 };

void tell_object(const struct told *members, unsigned count, struct buffer *out)
{
    for (unsigned i = 0; i < count; i++) {
        buffer_add_byte(out, i > 0 ? ',' : '{');
        encode_text(out, text_of(members[i].name));
        buffer_add_byte(out, ':');
        if (members[i].ready)
            encode_ready(out, members[i].value);
        else
            encode_text(out, members[i].value);
    }
    buffer_add_byte(out, '}');
}

void tell(const struct told *members, unsigned count)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, TOLD_BYTES_MAX);
    tell_object(members, count, &out);
    printf("%.*s\n", TEXT_ARG(buffer_text(&out)));
}
