/* SPDX-License-Identifier: MIT */
/*
 * Exit statuses and the one line that goes with them. What a command does
 * returns 0 or -EXIT_x, with the reason in a refusal; only a *_main() prints
 * it and turns it into the process's status.
 */
#pragma once

#include "base/attr.h"

#define EXIT_STATUS(name, status, meaning) EXIT_##name = (status),
enum exit_status {
#include "admin/exit.def"
};
#undef EXIT_STATUS

struct exit_row {
    int status;
    const char *name;    /* "NOT_OURS" */
    const char *meaning; /* without a full stop */
};

/* All rows by status; the last one has no name. */
extern const struct exit_row exit_rows[];

/* The status for an error of base/error.h, given as ERR_x or as -ERR_x. */
enum exit_status exit_of_error(int code);

enum { REFUSAL_BYTES = 1024 };

/* Why a command ended early: one line that also says what to do. */
struct refusal {
    int status; /* enum exit_status; 0: nothing was refused */
    char line[REFUSAL_BYTES];
};

/* Keeps the first refusal and returns -status, fit for `return refuse(…)`. */
int refuse(struct refusal *why, enum exit_status status, const char *fmt, ...)
    PRINTF(3, 4);

/* Prints "portcullis: " and one line on stderr. */
void say(const char *fmt, ...) PRINTF(1, 2);
