/* SPDX-License-Identifier: MIT */
/*
 * Who may sign in to a service of `portcullis dev`: a key pair made at each
 * start, whose private half is never written, and a token of each of a few
 * users. The issuer's name tells other environments to refuse its keys.
 */
#pragma once

#include "admin/exit.h"
#include "base/attr.h"

#define DEV_ISSUER "portcullis-dev"

enum dev_user { DEV_ADMIN, DEV_EDITOR, DEV_VIEWER, DEV_USER_COUNT };

struct dev_user_row {
    const char *role;    /* also what its token is called: "admin" */
    const char *subject; /* its user's external id: "dev-admin" */
};

extern const struct dev_user_row dev_users[DEV_USER_COUNT];

enum { DEV_TOKEN_BYTES = 1024 };

struct dev_tokens {
    char of[DEV_USER_COUNT][DEV_TOKEN_BYTES];
};

/*
 * Makes the pair, writes its public half to the path, in PEM, and signs the
 * tokens, which are good for a month.
 */
int dev_tokens_make(struct dev_tokens *tokens, const char *public_key_path,
                    struct refusal *why) MUST_CHECK;
