/* SPDX-License-Identifier: MIT */
/* Who asks. Made by src/app/identity.h before a handler runs. */
#pragma once

#include "http/request.h"
#include "store/rights.h"

enum caller_kind {
    CALLER_ANONYMOUS,
    CALLER_USER, /* by a token */
    CALLER_KEY,  /* by an API key: its user, narrowed to the key's scopes */
};

/* Immutable, in the arena of its request; ended with it. */
struct caller {
    enum caller_kind kind;
    struct text user_id;        /* TEXT_NULL: nobody */
    struct text name;           /* whom keys of the caller's choice belong to */
    struct rights *rights;      /* a reference */
    struct permission_set *set; /* a reference: what it may in this request */
};

static inline bool caller_is_signed_in(const struct caller *caller)
{
    return caller->kind != CALLER_ANONYMOUS;
}

/* To whose things may the caller do this? */
static inline enum may caller_may(const struct request *request,
                                  enum permission permission)
{
    return permission_set_may(request->caller->set, permission);
}
