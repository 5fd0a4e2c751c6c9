/* SPDX-License-Identifier: MIT */
#include "store/fault.h"

#include <stdio.h>

struct label_cut label_cut(struct text name)
{
    struct label_cut cut = { "" };
    size_t len = 0, step;

    while ((step = text_sequence(text_skip(name, len))) > 0 &&
           len + step < sizeof(cut.at))
        len += step;
    if (len > 0)
        memcpy(cut.at, name.at, len);
    return cut;
}

void fault_note(struct diag *diag, struct text name, const char *code,
                const char *detail)
{
    diag_violation(diag, label_cut(name).at, code, "%s", detail);
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
