/* SPDX-License-Identifier: MIT */
/* Room only: violations that are named by a parameter a client made up. */
#pragma once

#include "base/error.h"

enum { FAULT_NAME_BYTES = 80 };

/* A name as a NUL-terminated string, cut between code points when too long. */
struct label_cut {
    char at[FAULT_NAME_BYTES];
};

struct label_cut label_cut(struct text name);

void fault_note(struct diag *diag, struct text name, const char *code,
                const char *detail);

/* Appends ", name" to a list of names; the first goes without the comma. */
struct fault_list {
    size_t len;
    char at[DIAG_DETAIL_BYTES];
};

void fault_list_add(struct fault_list *list, struct text name);
