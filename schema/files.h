/* SPDX-License-Identifier: MIT */
/* The files of this folder: for migration_set_new(), and for superusers. */
#pragma once

#include "base/embedded.h"

extern const struct embedded_file schema_files[], schema_setup[];
