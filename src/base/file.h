/* SPDX-License-Identifier: MIT */
/* Small files, read whole. */
#pragma once

#include "base/buffer.h"

/*
 * Adds the file's bytes to `out`, at most as many as its limit allows; pipes
 * will do. 0, or the errno of what failed (EFBIG: longer than the limit).
 */
int file_read(const char *path, struct buffer *out) MUST_CHECK;
