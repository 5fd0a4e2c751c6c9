/* SPDX-License-Identifier: MIT */
/* A bill to be changed, and the wire it was made on. */
#pragma once

#include "made.h"

struct place {
    struct wire wire;
    const char *session, *path;
    struct answer before;
};

static inline void place_open(struct place *p, const char *more)
{
    wire_open(&p->wire);
    p->session = some_key(&p->wire);
    p->path = make(&p->wire, "bills", bill(&p->wire, p->session, more));
    p->before = get(&p->wire, p->path);
}

static inline void place_close(struct place *p)
{
    wire_close(&p->wire);
}

static inline bool is_unchanged(struct place *p)
{
    struct answer now = get(&p->wire, p->path);

    return now.status == 200 && text_equal(now.body, p->before.body);
}
