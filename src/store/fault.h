/* SPDX-License-Identifier: MIT */
/* Room only: violations that are named by a parameter a client made up. */
#pragma once

#include "base/error.h"

void fault_note(struct diag *diag, struct text name, const char *code,
                const char *detail);

/* Appends ", name" to a list of names; the first goes without the comma. */
struct fault_list {
    size_t len;
    char at[DIAG_DETAIL_BYTES];
};

void fault_list_add(struct fault_list *list, struct text name);
