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

/* `slots` has a place for each member of the shape, or is NULL. */
void check_members(struct checking *c, const struct shape *shape,
                   const struct node *object, struct value *slots);
