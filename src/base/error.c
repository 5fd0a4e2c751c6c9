/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ERROR(name, status, code, title) [ERR_##name] = { status, code, title },
static const struct error_info infos[ERR_COUNT] = {
    [ERR_NONE] = { 200, "ok", "OK" },
#include "base/errors.def"
};
#undef ERROR

const struct error_info *error_info(int code)
{
    int row = abs(code);

    CHECK(row < ERR_COUNT);
    return &infos[row];
}

void diag_init(struct diag *diag, struct arena *arena)
{
    *diag = (struct diag){ .arena = arena };
    list_init(&diag->violations);
}

void diag_clear(struct diag *diag)
{
    if (diag)
        diag_init(diag, diag->arena);
}

void diag_move(struct diag *to, struct diag *from)
{
    struct list violations;
    struct arena *arena;

    if (!from)
        return;
    if (to && to->code == 0) {
        list_init(&violations);
        list_append_all(&violations, &to->violations);
        list_append_all(&violations, &from->violations);
        from->violation_count += to->violation_count;
        arena = to->arena;
        *to = *from;
        to->arena = arena;
        list_init(&to->violations);
        list_append_all(&to->violations, &violations);
    }
    diag_clear(from);
}

void diag_copy(struct diag *to, const struct diag *from)
{
    if (!to || !from || to->code != 0)
        return;
    to->code = from->code;
    memcpy(to->detail, from->detail, sizeof(to->detail));
    memcpy(to->cause, from->cause, sizeof(to->cause));
    memcpy(to->sqlstate, from->sqlstate, sizeof(to->sqlstate));
    memcpy(to->constraint, from->constraint, sizeof(to->constraint));
    to->file = from->file;
    to->line = from->line;
    to->retry_after_s = from->retry_after_s;
}

int diag_fail(struct diag *diag, const char *file, int line, int code,
              const char *fmt, ...)
{
    va_list args;

    CHECK(code > 0 && code < ERR_COUNT);
    if (!diag || diag->code != 0)
        return -code;
    diag->code = -code;
    diag->file = file;
    diag->line = line;
    va_start(args, fmt);
    vsnprintf(diag->detail, sizeof(diag->detail), fmt, args);
    va_end(args);
    return -code;
}

void diag_violation(struct diag *diag, const char *pointer, const char *code,
                    const char *fmt, ...)
{
    char detail[DIAG_DETAIL_BYTES];
    struct violation *v;
    va_list args;

    if (!diag)
        return;
    diag->violation_count++;
    if (!diag->arena || diag->violation_count > DIAG_VIOLATIONS_MAX)
        return;
    va_start(args, fmt);
    vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);
    v = ARENA_NEW(diag->arena, struct violation);
    if (!v)
        return;
    v->pointer = arena_copy(diag->arena, text_of(pointer));
    v->code = code;
    v->detail = arena_copy(diag->arena, text_of(detail));
    if (v->pointer && v->detail)
        list_push_back(&diag->violations, &v->link);
}

int diag_invalid(struct diag *diag, int code)
{
    struct violation *first;

    if (!diag || diag->violation_count == 0)
        return 0;
    first = list_first(&diag->violations, struct violation, link);
    if (diag->violation_count == 1 && first && first->pointer[0] == '\0')
        return FAIL(diag, code, "the body %s", first->detail);
    if (diag->violation_count == 1 && first)
        return FAIL(diag, code, "%s: %s", first->pointer, first->detail);
    return FAIL(diag, code, "%u %s are invalid", diag->violation_count,
                code == ERR_INVALID_PARAMETER ? "parameters" : "members");
}
