/* SPDX-License-Identifier: MIT */
/* Room only: one body in the course of its validation. */
#pragma once

#include "json/pointer.h"
#include "json/shape.h"

struct checking {
    enum shape_mode mode;
    struct arena *arena;
    struct diag *diag;
    struct pointer pointer; /* of the member that is looked at */
    bool full;              /* the arena gave nothing more */
};

/* Notes a violation of the member that is looked at. */
void check_fault(struct checking *c, const char *code, const char *detail);

/* Its parameter; TEXT_NULL also when it has a fault. */
void check_value(struct checking *c, const struct field *field,
                 const struct node *node, struct text *ret_sql);

/* The member's place; -1 when nobody may set it, which is then noted. */
ptrdiff_t check_place(struct checking *c, const struct shape *shape,
                      struct text name);

/* What stands in for a member that is not there, or `required` is noted. */
void check_absent(struct checking *c, const struct field *field,
                  struct value *slot);

/* The slots that have a field; NULL when the arena is full. */
struct values *check_collect(struct checking *c, const struct value *slots,
                             size_t slot_count);

/* `slots` has a place for each member of the shape, or is NULL. */
void check_members(struct checking *c, const struct shape *shape,
                   const struct node *object, struct value *slots);
