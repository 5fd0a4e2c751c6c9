/* SPDX-License-Identifier: MIT */
/* Files built into the binary (cmake/embed.cmake makes the tables). */
#pragma once

#include "base/text.h"

struct embedded_file {
    const char *name; /* relative path; NULL ends the table */
    const char *begin, *end;
    const char *sha256; /* of the bytes, lower-case hexadecimal */
};

static inline struct text embedded_text(const struct embedded_file *file)
{
    return text_from(file->begin, (size_t)(file->end - file->begin));
}
