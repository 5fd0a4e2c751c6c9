/* SPDX-License-Identifier: MIT */
/*
 * Objects of the API as lines, as an export writes them: all that a PUT would
 * say of a bill, of which the natural key tells which one it is. Who calls sets
 * IMPORT_CREATED_BY for the transaction where there is a user to name.
 */
#pragma once

#include "import/importer.h"

#define IMPORT_CREATED_BY "portcullis.created_by"

extern const struct import_kind import_bill_objects;

/* Its staged table: the line, then the writable members in their order. */
extern const struct staging_kind staged_bill_objects;
