/* SPDX-License-Identifier: MIT */
/* Room only: the parts of a view, as lists take them too. */
#pragma once

#include "store/view.h"

/* The value of `fields=`; faults are noted as violations of "fields". */
void view_select(struct view *view, struct text names, struct diag *diag);

/* The value of `embed=`; faults are noted as violations of "embed". */
void view_embed(struct view *view, struct text names, struct diag *diag);
