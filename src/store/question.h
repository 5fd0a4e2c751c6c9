/* SPDX-License-Identifier: MIT */
/* Room only: what is asked of one member, in whichever way it was written. */
#pragma once

#include "store/asking.h"

struct question {
    struct text label; /* in violations */
    const struct field *field;
    enum op op;
    const struct text *raw;
    size_t raw_count;
    bool listed; /* the values are items of a JSON list: a comma is a comma */
};

/*
 * The member and the operator that a name stands for; false when there are
 * none, or the member cannot be asked for.
 */
bool question_find(const struct shape *shape, struct text name,
                   struct question *q) MUST_CHECK;

/* Adds the conditions; label and values are set. Faults are noted. */
void question_ask(struct asking *a, struct question *q, struct text name);

/* Adds the condition that a member is null, or is not. */
void question_null(struct asking *a, const struct field *field, bool null);

/*
 * Notes that nothing goes by this name, and what does: all parameters or, where
 * it begins with a member's, the operators that member takes.
 */
void question_fault(struct asking *a, struct text label, struct text name);
