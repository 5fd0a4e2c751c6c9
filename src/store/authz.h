/* SPDX-License-Identifier: MIT */
/*
 * What questions of authorization (routes/authzen.h) ask the database, beside
 * rights. The store must be bound to `authz:check`.
 */
#pragma once

#include "store/resource.h"
#include "store/store.h"

enum { ASKED_KEYS = 2, ASKED_KEY_BYTES = 256 };

/* The permissions that an action on a type of resource asks for: either will
 * do. */
struct asked_keys {
    const struct resource *resource; /* one of ours, or NULL */
    unsigned count;                  /* 0: there is no such permission */
    struct text keys[ASKED_KEYS];    /* the type's own, the plural's */
    char bytes[ASKED_KEYS][ASKED_KEY_BYTES];
};

/* "update" on "bill": bill:update, bills:update. Pure. */
void asked_keys_init(struct asked_keys *asked, struct text type,
                     struct text action);

/* Whose is the living object with this id? -ERR_NOT_FOUND: nobody's. */
YIELDS int authz_owner(struct store *store, const struct resource *resource,
                       struct uuid id, struct deadline until,
                       char ret_owner[UUID_TEXT_BYTES], struct diag *diag)
    MUST_CHECK;

/*
 * Appends those rows of a user's effective permissions (store/effective.h) that
 * bear on these permissions: `[{"permission", "effect", "via"}]`.
 */
YIELDS int authz_reason(struct store *store, struct uuid user,
                        const struct asked_keys *asked, struct deadline until,
                        struct buffer *buffer, struct diag *diag) MUST_CHECK;
