/* SPDX-License-Identifier: MIT */
/* Room only: a document whose faults are still to be added to. */
#pragma once

#include "json/document.h"

/*
 * As document_parse(), but where NULs in texts are all there is to complain
 * of, the document is given: their violations are in the diag, and the caller
 * must end with diag_invalid() before it uses a text.
 */
int document__read(struct text bytes, struct diag *diag,
                   struct document **ret_document) MUST_CHECK;

/* The same of up to so many tokens. */
int document__read_long(struct text bytes, unsigned tokens_max,
                        struct diag *diag, struct document **ret_document)
    MUST_CHECK;

/*
 * An object as the database gives it and our encoder wrote it, with the
 * members that the service adds. -ERR_INTERNAL
 */
int document__read_stored(struct text bytes, struct diag *diag,
                          struct document **ret_document) MUST_CHECK;
