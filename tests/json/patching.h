/* SPDX-License-Identifier: MIT */
/* What the tests of patches share: one record, and a patch applied to it. */
#pragma once

#include "json/record.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct arena arena;
static struct diag diag;
static struct record record;
static struct values *values;

static inline void setup(void)
{
    arena_init(&arena, 8 << 20);
    diag_init(&diag, &arena);
    record = record_first();
}

static inline void teardown(void)
{
    arena_fini(&arena);
}

static inline int patch(enum patch_kind kind, struct text body)
{
    CLEANUP(buffer_fini) struct buffer current = { .limit = 4 << 20 };

    diag_clear(&diag);
    values = NULL;
    record_encode(&record, &current);
    return patch_apply(&note_shape, buffer_text(&current), body, kind, &arena,
                       &diag, &values);
}

/* The changes as `name=value, name=value`; a null is just `name`. */
static inline void expect_changes(enum patch_kind kind, struct text body,
                                  const char *changes)
{
    char found[2000] = "";
    size_t len = 0;
    int r = patch(kind, body);

    cr_assert_eq(r, 0, "%.*s: %s", TEXT_ARG(body), diag.detail);
    for (size_t i = 0; i < values->count; i++) {
        const struct value *v = &values->items[i];

        len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%s%s%.*s",
                                i ? ", " : "", v->field->name,
                                text_is_null(v->text) ? "" : "=",
                                TEXT_ARG(v->text));
    }
    cr_expect_str_eq(found, changes, "%.*s gives\n%s and not\n%s",
                     TEXT_ARG(body), found, changes);
}

/* The violations as `pointer code: detail`, one in a line. */
static inline void expect_faults(enum patch_kind kind, struct text body,
                                 const char *faults)
{
    char found[4000] = "";
    size_t len = 0;

    cr_expect_eq(patch(kind, body), -ERR_VALIDATION, "%.*s", TEXT_ARG(body));
    list_each (&diag.violations, struct violation, v, link)
        len +=
            (size_t)snprintf(found + len, sizeof(found) - len, "%s%s %s: %s",
                             len ? "\n" : "", v->pointer, v->code, v->detail);
    cr_expect_str_eq(found, faults, "%.*s gives\n%s\nand not\n%s",
                     TEXT_ARG(body), found, faults);
    cr_expect_null(values);
}

static inline void expect_failure(enum patch_kind kind, struct text body,
                                  int code, const char *detail)
{
    cr_expect_eq(patch(kind, body), -code, "%.*s", TEXT_ARG(body));
    cr_expect_str_eq(diag.detail, detail);
    cr_expect_eq(diag.violation_count, 0);
    cr_expect_null(values);
}
