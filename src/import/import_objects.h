/* SPDX-License-Identifier: MIT */
/*
 * Objects of the API as lines, as an export writes them: all that a PUT would
 * say of a bill, of which the natural key tells which one it is. Those that are
 * new were created by the transaction's app.user_id.
 */
#pragma once

#include "import/importer.h"

extern const struct import_kind import_bill_objects;

/* Its staged table: the line, then the writable members in their order. */
extern const struct staging_kind staged_bill_objects;
