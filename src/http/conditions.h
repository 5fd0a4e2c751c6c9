/* SPDX-License-Identifier: MIT */
/* Conditional requests (RFC 9110 § 13). */
#pragma once

#include "http/request.h"

/* Does If-None-Match name this entity tag, quotes included, or "*"? */
bool if_none_match(const struct request *request, const char *tag);

enum { IF_MATCH_MAX = 8 };

/* What If-Match allows: our entity tags begin with the object's version. */
struct if_match {
    bool given, any; /* any: "*" */
    unsigned count;
    int64_t versions[IF_MATCH_MAX];
};

/*
 * Strong comparison (RFC 9110 § 13.1.1): a weak tag, or one that is none of
 * ours, names no version. More than IF_MATCH_MAX are left out.
 */
void if_match_parse(const struct request *request, struct if_match *ret_match);

/*
 * The versions that If-None-Match names, for a write: there it is false for
 * the object as it is (§ 13.1.2). Weak comparison.
 */
void if_none_match_parse(const struct request *request,
                         struct if_match *ret_match);

/* Is the version one of those, or are they any? */
bool if_match_names(const struct if_match *match, int64_t version);

/* The same, or was nothing said? */
bool if_match_allows(const struct if_match *match, int64_t version);
