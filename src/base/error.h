/* SPDX-License-Identifier: MIT */
/* The error table and the detail that travels with one error. */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "base/list.h"
#include "base/text.h"

#define ERROR(name, status, code, title) ERR_##name,
enum error {
    ERR_NONE,
#include "base/errors.def"
    ERR_COUNT
};
#undef ERROR

struct error_info {
    int status;        /* HTTP */
    const char *code;  /* stable, for programs: "not_found" */
    const char *title; /* the same for every occurrence */
};

/* The row of a code, given as ERR_x or as -ERR_x; never NULL. */
const struct error_info *error_info(int code);

/* One member or parameter that breaks a rule. All strings live in the diag's
 * arena. */
struct violation {
    struct list link;
    const char *pointer; /* RFC 6901, or a parameter's name */
    const char *code;    /* "too_long", "unknown_field" … */
    const char *detail;
};

enum { DIAG_DETAIL_BYTES = 512, DIAG_VIOLATIONS_MAX = 200 };

/*
 * What went wrong, for the edge to tell. It belongs to one request or one
 * command and is passed down; the first error set is kept, as what follows it
 * is usually its echo.
 */
struct diag {
    int code;                       /* -ERR_x, or 0 */
    char detail[DIAG_DETAIL_BYTES]; /* one sentence, fit for the client */
    char cause[DIAG_DETAIL_BYTES];  /* for the log only: never sent out */
    char sqlstate[6];               /* of the database's error, or "" */
    char constraint[64];            /* name of the constraint broken, or "" */
    const char *file;
    int line;
    unsigned retry_after_s; /* 0: no such hint */
    struct arena *arena;    /* where violations are kept; may be NULL */
    struct list violations; /* of struct violation, in order of finding */
    unsigned violation_count;
    const char *extension; /* a member more of the problem, as JSON; or NULL */
};

void diag_init(struct diag *diag, struct arena *arena);

/* Forgets the error, so that a second try starts clean. */
void diag_clear(struct diag *diag);

/*
 * Moves an error with its violations and forgets it where it was; one arena
 * must hold both. An error that is there already stays. NULLs are taken.
 */
void diag_move(struct diag *to, struct diag *from);

/*
 * Tells an error to somebody else as well, without its violations. An error
 * that is there already stays. NULLs are taken.
 */
void diag_copy(struct diag *to, const struct diag *from);

/*
 * Notes an error with a sentence and returns its negative code, so that
 * `return FAIL(diag, ERR_NOT_FOUND, "no bill has this id");` is one line.
 * diag may be NULL.
 */
int diag_fail(struct diag *diag, const char *file, int line, int code,
              const char *fmt, ...) PRINTF(5, 6);

#define FAIL(diag, code, ...) \
    diag_fail((diag), __FILE__, __LINE__, (code), __VA_ARGS__)

/*
 * Adds one violation (past DIAG_VIOLATIONS_MAX it is only counted). The caller
 * ends with diag_invalid().
 */
void diag_violation(struct diag *diag, const char *pointer, const char *code,
                    const char *fmt, ...) PRINTF(4, 5);

/*
 * 0 when no violation was noted, else -code with "N members are invalid" (or
 * parameters, or the one violation's own text) as its detail.
 */
int diag_invalid(struct diag *diag, int code) MUST_CHECK;
