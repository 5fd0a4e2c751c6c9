/* SPDX-License-Identifier: MIT */
/* The files of this folder, for migration_set_new(). */
#pragma once

#include "base/embedded.h"

extern const struct embedded_file schema_files[];
