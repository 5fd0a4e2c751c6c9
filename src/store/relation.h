/* SPDX-License-Identifier: MIT */
/*
 * What hangs on one object: links to others (a user's roles) and parts of its
 * own (a bill's actions). A row says how; reading, putting and dropping links
 * is the same for all of them.
 */
#pragma once

#include "store/store.h"
#include "store/window.h"

struct relation {
    const char *list_name, *put_name, *drop_name; /* of the statements */
    const struct resource *of;                    /* whose */
    const char *name; /* of the resource's embed that tells tables … */
    const struct embed *link;  /* … or, where it has none, such a row */
    const char *one;           /* what the other is to it: "cosponsor" */
    const struct shape *extra; /* members of the link itself; NULL: none */
    bool versioned; /* links added and dropped are a new version of its */
    bool acyclic;   /* whoever follows the links never comes back */
};

extern const struct relation bill_actions, bill_cosponsors;
extern const struct relation user_roles, user_permissions;
extern const struct relation role_permissions, role_parents;

const struct embed *relation_link(const struct relation *relation);

/* What is listed: its name ("roles"), and one of them ("role"). */
const struct shape *relation_shape(const struct relation *relation);

/* What a client may say about a link, for shape_read(); maybe nothing. */
const struct shape *relation_extra(const struct relation *relation);

struct relation_page {
    unsigned count; /* of those on the page */
    int64_t total;  /* … and in all */
};

/*
 * Appends a bare array: the living others, each with the members of its link,
 * or the parts. Links that expired are none. -ERR_NOT_FOUND: no living object
 * has this id.
 */
YIELDS int relation_list(struct store *store, const struct relation *relation,
                         struct uuid id, const struct window *window,
                         struct deadline until, struct buffer *buffer,
                         struct relation_page *ret_page, struct diag *diag)
    MUST_CHECK;

/*
 * Links the two, or gives the link that is there these members, and appends
 * the other as relation_list() would. `extra` is what shape_read(…,
 * SHAPE_CREATE) made of a body; *ret_made: it was not there, or had expired.
 *   -ERR_NOT_FOUND    one of the two is not there
 *   -ERR_FORBIDDEN    it is, and must stay as it is
 *   -ERR_ROLE_CYCLE   the relation is acyclic, and would not be any more
 * and what database/transaction.h tells.
 */
YIELDS int relation_put(struct store *store, const struct relation *relation,
                        struct uuid id, struct uuid other,
                        const struct values *extra, struct deadline until,
                        struct buffer *buffer, bool *ret_made,
                        struct diag *diag) MUST_CHECK;

/*
 * -ERR_NOT_FOUND: there is no such link. -ERR_FORBIDDEN: there is. One to a
 * deleted object is dropped like others, so that a right can be taken before
 * the role comes back.
 */
YIELDS int relation_drop(struct store *store, const struct relation *relation,
                         struct uuid id, struct uuid other,
                         struct deadline until, struct diag *diag) MUST_CHECK;
