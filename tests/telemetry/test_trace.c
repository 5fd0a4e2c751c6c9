/* SPDX-License-Identifier: MIT */
#include "telemetry/trace.h"

#include <criterion/criterion.h>

#define ID   "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

Test(trace, takes_the_callers_trace_over_with_a_span_of_its_own)
{
    char id[TRACE_ID_TEXT_BYTES], parent[TRACE_PARENT_TEXT_BYTES];
    struct trace trace;

    trace_begin(&trace, TEXT("00-" ID "-" SPAN "-01"));
    cr_expect(trace.continued);
    cr_expect(trace.sampled);
    trace_format_id(&trace, id);
    cr_expect_str_eq(id, ID);
    cr_expect_eq(memcmp(trace.parent, "\x00\xf0\x67\xaa\x0b\xa9\x02\xb7", 8),
                 0);
    cr_expect_neq(memcmp(trace.parent, trace.span, 8), 0);
    trace_format(&trace, parent);
    cr_expect_eq(strlen(parent), 55);
    cr_expect_eq(strncmp(parent, "00-" ID "-", 36), 0);
    cr_expect_str_eq(parent + 52, "-01");
}

Test(trace, passes_what_it_writes_on)
{
    char parent[TRACE_PARENT_TEXT_BYTES];
    struct trace first, second;

    trace_begin(&first, TEXT_NULL);
    cr_expect_not(first.continued);
    trace_format(&first, parent);
    trace_begin(&second, text_of(parent));
    cr_expect(second.continued);
    cr_expect_eq(memcmp(first.id, second.id, 16), 0);
    cr_expect_eq(memcmp(first.span, second.parent, 8), 0);
}

Test(trace, reads_later_versions_as_its_own)
{
    struct trace trace;

    trace_begin(&trace, TEXT("01-" ID "-" SPAN "-03-what-comes"));
    cr_expect(trace.continued);
    trace_begin(&trace, TEXT("cc-" ID "-" SPAN "-00"));
    cr_expect(trace.continued);
    cr_expect_not(trace.sampled);
}

Test(trace, begins_its_own_where_the_header_breaks_a_rule)
{
    const char *const wrong[] = {
        "",
        "00-" ID "-" SPAN "-0",
        "00-" ID "-" SPAN "-01-more",
        "01-" ID "-" SPAN "-01.more",
        "ff-" ID "-" SPAN "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" ID "-0000000000000000-01",
        "00_" ID "-" SPAN "-01",
        "00-" ID "_" SPAN "-01",
        "00-" ID "-" SPAN "_01",
        "0g-" ID "-" SPAN "-01",
        "00-" ID "-" SPAN "-0x",
    };

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct trace trace;

        trace_begin(&trace, text_of(wrong[i]));
        cr_expect_not(trace.continued, "%s", wrong[i]);
        cr_expect_eq(memcmp(trace.parent, "\0\0\0\0\0\0\0\0", 8), 0);
    }
}

Test(trace, keeps_a_request_id_that_is_fit_for_a_log)
{
    char id[REQUEST_ID_TEXT_BYTES], most[65];

    cr_expect_eq(request_id(TEXT("a-B_9.z"), id), 7);
    cr_expect_str_eq(id, "a-B_9.z");
    memset(most, 'x', 64);
    most[64] = '\0';
    cr_expect_eq(request_id(text_of(most), id), 64);
    cr_expect_str_eq(id, most);
}

Test(trace, replaces_any_other_request_id)
{
    const struct text wrong[] = { TEXT_NULL,  TEXT(""),         TEXT("a b"),
                                  TEXT("a@"), TEXT("a\r\nb"),   TEXT("a\0b"),
                                  TEXT("["),  TEXT("\xC3\xA9"), TEXT("`") };
    char id[REQUEST_ID_TEXT_BYTES], other[REQUEST_ID_TEXT_BYTES], most[65];

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        cr_expect_eq(request_id(wrong[i], id), 36, "row %zu", i);
        cr_expect_eq(id[14], '7', "a UUID of version 7");
    }
    memset(most, 'x', 65);
    cr_expect_eq(request_id(text_from(most, 65), id), 36);
    request_id(TEXT_NULL, other);
    cr_expect_str_neq(id, other);
}
