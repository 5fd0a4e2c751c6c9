/* SPDX-License-Identifier: MIT */
/* Is a migration fit to run while instances serve? By the rules of lint.def,
 * from its text alone. Pure. */
#pragma once

#include "base/buffer.h"
#include "base/embedded.h"
#include "base/error.h"

#define LINT(name, ...) LINT_##name,
enum lint {
#include "admin/lint.def"
    LINT_COUNT
};
#undef LINT

enum { LINT_FINDINGS_MAX = 256 };

struct lint_findings {
    unsigned count; /* of all; those past the maximum are not kept */
    struct lint_finding {
        enum lint rule;
        const char *file; /* borrowed */
        unsigned line;
    } at[LINT_FINDINGS_MAX];
};

/*
 * Adds what is found in NNNN-name.up.sql. A line "-- portcullis: allow NAME"
 * anywhere in the file lets that rule be. -ERR_VALIDATION: the file cannot be
 * cut into statements, or allows a rule that does not exist.
 */
int lint_file(const struct embedded_file *file, struct lint_findings *findings,
              struct diag *diag) MUST_CHECK;

const char *lint_name(enum lint rule);
const char *lint_why(enum lint rule);
const char *lint_instead(enum lint rule);

/* Three lines for each, or a list: file, line, rule, why, instead. */
void lint_show_lines(const struct lint_findings *findings, struct buffer *out);
void lint_show_json(const struct lint_findings *findings, struct buffer *out);
