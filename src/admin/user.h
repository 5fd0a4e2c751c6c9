/* SPDX-License-Identifier: MIT */
/* `portcullis user`: the first users of an installation, who make the rest. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

struct driver;

struct user_options {
    const struct driver *driver;
    const char *url;         /* of the database's owner */
    const char *email;       /* who it is, in any case */
    const char *name;        /* of one that is made; NULL: the email */
    const char *external_id; /* the identity provider's subject; NULL: as is */
    const char *role;        /* a role's key, to be granted; NULL: none */
    bool json;               /* not the id alone but a document */
};

/*
 * Makes the user, or finds it, grants the role, for ever, and prints the
 * user's id on stdout. All or nothing; done again it changes nothing. Returns
 * the exit status.
 */
int user_command(const struct user_options *options) MUST_CHECK;
