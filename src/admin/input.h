/* SPDX-License-Identifier: MIT */
/*
 * A file, or stdin, read run by run; gzip is known by its first two bytes and
 * unpacked on the way. Several gzip members behind each other are one file.
 */
#pragma once

#include "admin/exit.h"
#include "base/text.h"

struct input;

/* "-" is stdin. Refuses with EXIT_CONFIG what cannot be opened. */
int input_open(const char *path, struct input **ret_input, struct refusal *why)
    MUST_CHECK;

/* NULL is taken. Fits CLEANUP. */
void input_close(struct input **input);

/*
 * The next run, borrowed until the next call; an empty one is the end. Gzip
 * data that is damaged or ends early is refused with EXIT_BAD_INPUT.
 */
int input_read(struct input *input, struct text *ret_run, struct refusal *why)
    MUST_CHECK;

/* Bytes of the file read so far, as they lie in it; and all, 0: not known. */
uint64_t input_done_bytes(const struct input *input);
uint64_t input_all_bytes(const struct input *input);

/* "FILE", or "stdin". */
const char *input_name(const struct input *input);
