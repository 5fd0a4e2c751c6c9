/* SPDX-License-Identifier: MIT */
/* What a command says, caught in files below a scratch directory. */
#pragma once

#include "scratch.h"

struct captured {
    struct scratch scratch;
    char *out;
};

UNUSED static void captured_init(struct captured *captured)
{
    scratch_init(&captured->scratch);
    captured->out = memory_format("%s/out", captured->scratch.path);
}

UNUSED static void captured_fini(struct captured *captured)
{
    memory_free(&captured->out);
    scratch_fini(&captured->scratch);
}

/* From now on; each call begins anew. */
UNUSED static void captured_begin(const struct captured *captured)
{
    redirect(captured->out, STDOUT_FILENO);
    redirect(captured->scratch.words, STDERR_FILENO);
}

UNUSED static bool file_says(const char *path, const char *what)
{
    CLEANUP(memory_free) char *said = disk_read(path, 1 << 20, NULL);

    cr_assert_not_null(said);
    return strstr(said, what) != NULL;
}

#define expect_said(path, what)                                            \
    do {                                                                   \
        CLEANUP(memory_free) char *said_ = disk_read(path, 1 << 20, NULL); \
        cr_expect(said_ &&strstr(said_, what), "no \"%s\" in: %s", what,   \
                  said_ ? said_ : "nothing");                              \
    } while (0)
