/* SPDX-License-Identifier: MIT */
/* What must hold for the service to be ready, one row each. */
#pragma once

#include "routes/service.h"

enum readiness {
    READINESS_DRAINING,
    READINESS_POSTGRES,
    READINESS_MIGRATIONS,
};

struct check {
    const char *name;
    YIELDS int (*run)(struct service *service, struct deadline until,
                      struct diag *diag);
};

/* By enum readiness; ended by a row without a name. */
extern const struct check checks[];

/* Runs all of them; 0 when none fails, else the first failure. */
YIELDS int checks_run(struct service *service, struct deadline until,
                      struct diag *diag) MUST_CHECK;
