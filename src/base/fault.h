/* SPDX-License-Identifier: MIT */
/*
 * Named places where a test can make the world fail. A fault is armed by
 * PORTCULLIS_FAULTS="name[=skip[:times]],…" (skip so many passes, then fail so
 * many; once if left out) or by fault_arm(). Unarmed, a place costs one load.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#define FAULT(name, what) FAULT_##name,
enum fault {
#include "base/faults.def"
    FAULT_COUNT
};
#undef FAULT

extern bool fault_any_armed;

bool fault_is_due(enum fault fault);

/* Should this pass fail? Counts the pass when the fault is armed. */
static inline bool fault_hit(enum fault fault)
{
    return UNLIKELY(fault_any_armed) && fault_is_due(fault);
}

void fault_arm(enum fault fault, unsigned skip, unsigned times);
void fault_disarm_all(void);

/* How often it was injected since it was armed. */
unsigned fault_count(enum fault fault);

const char *fault_name(enum fault fault);
const char *fault_what(enum fault fault);

/* Arms from text as above; -ERR_INVALID_PARAMETER arms nothing. */
int fault_arm_text(struct text list) MUST_CHECK;
