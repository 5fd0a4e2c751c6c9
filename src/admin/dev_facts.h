/* SPDX-License-Identifier: MIT */
/* What `portcullis dev` is serving, told to programs and to people. */
#pragma once

#include "admin/dev_tokens.h"
#include "admin/exit.h"
#include "base/attr.h"

#include <sys/types.h>

struct dev_facts {
    const char *url; /* "http://127.0.0.1:8080", no slash behind */
    const struct dev_tokens *tokens;
    const char *database_url, *owner_database_url, *redis_url;
    pid_t service_pid;
};

/* Writes dev.json (mode 0600, in one step). */
int dev_facts_write(const struct dev_facts *facts, const char *path,
                    struct refusal *why) MUST_CHECK;

/* One calm block on stdout. */
void dev_facts_print(const struct dev_facts *facts);
