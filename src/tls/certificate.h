/* SPDX-License-Identifier: MIT */
/* Certificates in PEM files, for those of us who are clients. */
#pragma once

#include "base/attr.h"
#include "base/error.h"

/*
 * Does the file hold a certificate, and only good ones?
 * -ERR_INVALID_PARAMETER: "FILE cannot be used: no start line"
 */
int tls_certificates_check(const char *path, struct diag *diag) MUST_CHECK;

/* "sha256//" and base64 */
enum { TLS_PIN_BYTES = 64 };

/*
 * By what the owner of the file's first certificate is known, whatever names
 * and times stand in it: the SHA-256 of its public key (RFC 7469 § 2.4).
 * -ERR_INVALID_PARAMETER as above.
 */
int tls_certificate_pin(const char *path, char ret_pin[static TLS_PIN_BYTES],
                        struct diag *diag) MUST_CHECK;
