/* SPDX-License-Identifier: MIT */
/* Room only: where a member stands in its shape. */
#pragma once

#include "json/shape.h"

/* Below shape_count(), or -1 when there is none of that name. */
ptrdiff_t shape__place(const struct shape *shape, struct text name);
