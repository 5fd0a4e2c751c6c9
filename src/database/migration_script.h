/* SPDX-License-Identifier: MIT */
/*
 * One file of a migration as statements. A file is one transaction, which is
 * not the file's to begin or end, unless its first line says
 *   -- portcullis: no-transaction
 * for what no transaction may hold (CREATE INDEX CONCURRENTLY). Pure.
 */
#pragma once

#include "base/embedded.h"
#include "database/sql_split.h"

bool migration_script_is_transaction(const struct embedded_file *file);

/*
 * As sql_split_next(), of a split that was begun with the file's text; the
 * detail begins with "name:line: ". BEGIN, COMMIT and their like are refused.
 */
int migration_script_next(struct sql_split *split,
                          const struct embedded_file *file,
                          struct sql_statement *ret, struct diag *diag)
    MUST_CHECK;

/* Can the whole file be cut? */
int migration_script_check(const struct embedded_file *file, struct diag *diag)
    MUST_CHECK;

/*
 * CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS] name: the name, as it was
 * written, or TEXT_NULL when the statement is another one.
 */
struct text migration_script_index(struct text sql);
