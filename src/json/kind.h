/* SPDX-License-Identifier: MIT */
/* Room only: what is the same for all fields of one type. */
#pragma once

#include "json/document.h"
#include "json/field.h"

enum { KIND_BYTES = 40 }; /* the longest SQL text that is not the input's own */

struct kind {
    const char *name;
    const char *rule;    /* "must be an integer" */
    const char *code;    /* of a text that is none of them */
    enum node_type node; /* how a body writes it */
    bool can_filter, can_sort;

    /*
     * The SQL text of what a client wrote: the input itself, or made in
     * `made`. False when it is none. NULL: has no text form.
     */
    bool (*parse)(const struct field *field, struct text raw,
                  char made[static KIND_BYTES], struct text *ret_sql);

    /* Writes column text as JSON. */
    void (*encode)(struct buffer *buffer, struct text t);
};

extern const struct kind kinds[FIELD_TYPES];

/* Notes a violation of the field's type or choices. */
void kind_fault(const struct field *field, struct diag *diag,
                const char *pointer, const char *code);
