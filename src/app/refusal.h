/* SPDX-License-Identifier: MIT */
/* What the audit log is told of a request that was refused. */
#pragma once

#include "http/request.h"

/* For server_options: notes it in the service's audit. */
void note_refusal(const struct request *request, int error);
