/* SPDX-License-Identifier: MIT */
/* From where an issuer's keys may be fetched: the settings jwks_url, and
 * jwks_ca_file. */
#pragma once

#include "base/error.h"
#include "base/settings.h"

/*
 * https: everywhere; http: to this very machine, in development and test. The
 * file holds certificates.
 * -ERR_INVALID_PARAMETER tells what is wrong with it.
 */
int key_url_check(const struct settings *settings, struct diag *diag)
    MUST_CHECK;
