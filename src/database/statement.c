/* SPDX-License-Identifier: MIT */
#include "database/statement.h"

uint64_t statement_hash(const char *sql)
{
    uint64_t hash = text_hash(text_of(sql));

    return hash ? hash : 1;
}
