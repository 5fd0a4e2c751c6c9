/* SPDX-License-Identifier: MIT */
#include "store/fault.h"

#include <stdio.h>

void fault_note(struct diag *diag, struct text name, const char *code,
                const char *detail)
{
    diag_violation(diag, text_label(name).at, code, "%s", detail);
}

void fault_list_add(struct fault_list *list, struct text name)
{
    size_t left = sizeof(list->at) - list->len;
    int added = snprintf(list->at + list->len, left, "%s%.*s",
                         list->len ? ", " : "", TEXT_ARG(name));

    if (added > 0 && (size_t)added < left)
        list->len += (size_t)added;
    else
        list->at[list->len] = '\0';
}
