/* SPDX-License-Identifier: MIT */
/*
 * Where a database is: a connection URL, taken apart. It holds a password and
 * is therefore never printed but by target_masked().
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"
#include "base/text.h"

struct target;

enum { TARGET_NODE_BYTES = 64 };

/*
 * Parses scheme://user:password@host:port/name?key=value&…; the parts are
 * percent-decoded. A unix socket's directory comes as ?host=/run/… or as an
 * encoded host. -ERR_INVALID_PARAMETER tells what is wrong without telling the
 * password. Immutable: loops share it, the maker frees it last.
 */
int target_parse(struct text url, struct target **ret_target, struct diag *diag)
    MUST_CHECK;
void target_free(struct target **target);

/* Each part as a NUL-terminated string; "" when it was not given. */
const char *target_scheme(const struct target *target);
const char *target_host(const struct target *target);
const char *target_port(const struct target *target);
const char *target_user(const struct target *target);
const char *target_password(const struct target *target);
const char *target_name(const struct target *target);

/* The options behind '?', without host and port. */
struct target_option {
    const char *name, *value;
};
const struct target_option *target_options(const struct target *target,
                                           unsigned *ret_count);

/* The URL with *** for its password. Borrowed. */
const char *target_masked(const struct target *target);

/* "host:port/name", cut to fit: the label of metrics and log lines. */
const char *target_node(const struct target *target);
