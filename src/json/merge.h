/* SPDX-License-Identifier: MIT */
/* Room only: JSON merge patch (RFC 7396). */
#pragma once

#include "json/edit.h"
#include "json/shape.h"

/*
 * Makes of a member what the patch's member of that name asks for: objects are
 * merged, by the shape `inner` or freely, all else is set. A null becomes a
 * null here, and inside of objects takes away what is under it; but where a
 * shape says that it may not be null it stays one, for the validation to tell.
 */
void merge_member(struct node *object, const struct shape *inner,
                  const struct member *patch);
