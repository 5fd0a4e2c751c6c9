/* SPDX-License-Identifier: MIT */
/* The certificate that clients see, from the settings. */
#pragma once

#include "base/error.h"
#include "base/settings.h"

struct tls_identity;

/*
 * *ret_identity is NULL where the settings name none. -ERR_INVALID_PARAMETER
 * names the setting and what is wrong with it.
 */
int tls_identity_of(const struct settings *settings,
                    struct tls_identity **ret_identity, struct diag *diag)
    MUST_CHECK;
