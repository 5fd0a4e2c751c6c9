/* SPDX-License-Identifier: MIT */
/* Preferences of the client (RFC 7240). */
#pragma once

#include "http/reply.h"
#include "http/request.h"

/* Which ones a handler honours; what others ask for is ignored. */
enum preference {
    PREFER_RETURN = 1, /* return=minimal, return=representation */
    PREFER_COUNT = 2,  /* count=exact, count=estimated, count=none */
};

enum prefer_count {
    PREFER_COUNT_DEFAULT,
    PREFER_COUNT_NONE,
    PREFER_COUNT_ESTIMATED,
    PREFER_COUNT_EXACT,
};

struct preferences {
    enum prefer_count count;
    bool minimal;        /* return=minimal */
    bool strict;         /* handling=strict */
    const char *applied; /* for Preference-Applied, or NULL */
};

/*
 * Of what is said twice the first counts (RFC 7240 § 2). With handling=strict
 * an unknown preference, or one not among `honoured`, is -ERR_INVALID_HEADER.
 */
int preferences_parse(struct request *request, unsigned honoured,
                      struct preferences *ret_preferences) MUST_CHECK;

/*
 * With handling=strict a preference that no handler honours is
 * -ERR_INVALID_HEADER, whatever the request is for.
 */
int preferences_check(struct request *request) MUST_CHECK;

/* Tells the client which of its preferences were followed. */
void preferences_applied(struct reply *reply,
                         const struct preferences *preferences);
