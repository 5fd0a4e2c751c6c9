/* SPDX-License-Identifier: MIT */
/* `portcullis key`: API keys by an operator's hand. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

struct driver;

enum { KEY_DAYS_MAX = 3660 };

struct key_options {
    const struct driver *driver;
    const char *url;    /* of the database's owner */
    const char *of;     /* create, list: the user, by id, external id or email;
                           revoke: the key's id; may be NULL */
    const char *name;   /* create: what it is for */
    const char *scopes; /* create: permission keys, comma between; NULL: all
                           that the user may */
    unsigned days;      /* create: how long it lasts; 0: for ever */
    bool json;          /* a document instead */
};

/*
 * Each returns the exit status, having said on stderr what is wrong. Create
 * prints the key on stdout, and nobody will see it again; list prints a line
 * for each living key, of one user or of all. When revoke has returned, no
 * instance takes the key any more.
 */
int key_create_command(const struct key_options *options) MUST_CHECK;
int key_list_command(const struct key_options *options) MUST_CHECK;
int key_revoke_command(const struct key_options *options) MUST_CHECK;
