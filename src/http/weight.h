/* SPDX-License-Identifier: MIT */
/* Weights of what a client would take (RFC 9110 § 12.4.2). */
#pragma once

#include "base/text.h"

enum { WEIGHT_MAX = 1000 };

/*
 * The weight that parameters ("q=0.5", "level=1;q=0.25") give, in thousandths;
 * WEIGHT_MAX where they give none, or one that is malformed.
 */
int weight_of(struct text parameters);
