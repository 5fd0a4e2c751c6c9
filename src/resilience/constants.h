/* SPDX-License-Identifier: MIT */
/* The numbers of this room's state machines, by their names. */
#pragma once

#define CONSTANT(name, value, what) name = (value),
enum resilience_constant {
#include "resilience/constants.def"
};
#undef CONSTANT
