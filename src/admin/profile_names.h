/* SPDX-License-Identifier: MIT */
/* The names of our statements, found by their texts. */
#pragma once

#include "base/buffer.h"
#include "store/queries.h"

struct profile_names {
    struct queries queries;
    uint64_t *hashes; /* of their plain texts */
};

/* To be ended also after a failure: -ERR_TOO_LARGE. */
int profile_names_init(struct profile_names *names, struct diag *diag)
    MUST_CHECK;
void profile_names_fini(struct profile_names *names);

/*
 * The name of the statement with such a text as pg_stat_statements shows it;
 * NULL: it is none of ours.
 */
const char *profile_names_find(const struct profile_names *names,
                               struct text sql);

/*
 * What is left of a text when constants and parameters are all `?` and white
 * space is single: pg_stat_statements makes parameters of constants, and
 * numbers all of them anew.
 */
void profile_plain(struct text sql, struct buffer *out);
