/* SPDX-License-Identifier: MIT */
/*
 * The migrations a program brings along, in their order: by domain, as the
 * file `domains` lists them, and in each by number. Pure.
 */
#pragma once

#include "base/embedded.h"
#include "base/error.h"

struct migration {
    struct text domain, name; /* "bills", "history" */
    struct text label;        /* "bills/0003-history" */
    unsigned number;          /* 3 */
    const struct embedded_file *up, *down;
};

struct migration_set {
    struct migration *migrations;
    unsigned count;
    const struct embedded_file **seeds; /* by name */
    unsigned seed_count;
};

/*
 * Makes a set of embedded files, which must outlive it:
 *   domains                     the folders in their order, one a line; lines
 *                               that name none (comments) are skipped
 *   <domain>/NNNN-name.up.sql   a migration, from 0001 on without a gap
 *   <domain>/NNNN-name.down.sql its way back, which each has
 *   seed/NNNN-name.sql          data that may be put in at any time, again
 *
 * -ERR_VALIDATION, with the file, and the line if there is one, in the detail:
 * another name, a gap, a twin, a way back that is missing or leads nowhere, a
 * domain not listed, or a script that cannot be run (see migration_script.h).
 */
int migration_set_new(const struct embedded_file *files,
                      struct migration_set **ret_set, struct diag *diag)
    MUST_CHECK;
void migration_set_free(struct migration_set **set);

/*
 * The migration named "bills/0003" or "bills/0003-history", or NULL. It
 * belongs to the set.
 */
const struct migration *migration_find(const struct migration_set *set,
                                       struct text name);
