/* SPDX-License-Identifier: MIT */
/* What must hold for the service to be ready, one row each. */
#pragma once

#include "routes/service.h"

struct check {
    const char *name;
    YIELDS int (*run)(struct service *service, struct deadline until,
                      struct diag *diag);
};

extern const struct check checks[]; /* ended by a row without a name */

/* Runs all of them; 0 when none fails, else the first failure. */
YIELDS int checks_run(struct service *service, struct deadline until,
                      struct diag *diag) MUST_CHECK;
