/* SPDX-License-Identifier: MIT */
/* Embedded files made by a test. */
#pragma once

#include "base/embedded.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { FILES_MAX = 32 };

struct files {
    struct embedded_file list[FILES_MAX];
    unsigned count;
};

/* Name, SQL and checksum are literals of the test. */
static inline void files_add_with_sum(struct files *files, const char *name,
                                      const char *sql, const char *sum)
{
    cr_assert_lt(files->count, FILES_MAX - 1);
    files->list[files->count++] =
        (struct embedded_file){ name, sql, sql + strlen(sql), sum };
}

static inline void files_add(struct files *files, const char *name,
                             const char *sql)
{
    files_add_with_sum(files, name, sql, "5eed");
}

static inline void files_set(struct files *files, const char *name,
                             const char *sql, const char *sum)
{
    for (unsigned i = 0; i < files->count; i++)
        if (strcmp(files->list[i].name, name) == 0)
            files->list[i] =
                (struct embedded_file){ name, sql, sql + strlen(sql), sum };
}
