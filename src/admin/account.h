/* SPDX-License-Identifier: MIT */
/* The user that a child runs as: an unprivileged one when we are root. */
#pragma once

#include "admin/exit.h"

#include <stdbool.h>
#include <sys/types.h>

enum { ACCOUNT_NAME_BYTES = 64 };

struct account {
    uid_t uid;
    gid_t gid;
    bool change; /* we are root and must become this one */
    char name[ACCOUNT_NAME_BYTES];
};

/* Ourselves. */
struct account account_self(void);

/* Ourselves, or, when we are root, the user of that name, else `nobody`. */
int account_for(const char *name, struct account *ret_account,
                struct refusal *why) MUST_CHECK;

/* In a new child: becomes it for good. 0, or -1 with errno. */
int account_become(const struct account *account) MUST_CHECK;

/* Can it enter the directory? Tried out by a short-lived child. */
bool account_can_enter(const struct account *account, const char *path);
