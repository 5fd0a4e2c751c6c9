/* SPDX-License-Identifier: MIT */
/*
 * How new what a read sees has to be, and where in the database's log that is.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A place in the log of one history: positions of different timelines must not
 * be compared, since a promotion may have lost the end of the older one.
 */
struct log_point {
    uint64_t position; /* 0: nowhere */
    uint32_t timeline;
};

enum consistency_level {
    CONSISTENCY_PRIMARY, /* asks the primary */
    CONSISTENCY_FRESH,   /* all that was acknowledged before the read began */
    CONSISTENCY_BOUNDED, /* all that was, max_age_ms before */
    CONSISTENCY_ANY,     /* whatever a replica in service has */
};

/* Zeroed it is the primary's. */
struct consistency {
    enum consistency_level level;
    unsigned max_age_ms;       /* BOUNDED */
    struct log_point at_least; /* BOUNDED and ANY: this write as well */
};
