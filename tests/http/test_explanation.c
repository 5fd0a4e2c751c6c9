/* SPDX-License-Identifier: MIT */
#include "http/explanation.h"

#include "http/problem.h"

#include <criterion/criterion.h>

static struct buffer out;

static void set_up(void)
{
    buffer_init(&out, 1 << 20);
}

static void tear_down(void)
{
    buffer_fini(&out);
}

TestSuite(explanation, .init = set_up, .fini = tear_down);

static bool has(const char *part)
{
    return memmem(out.at, out.len, part, strlen(part)) != NULL;
}

Test(explanation, there_is_one_for_every_problem_a_client_can_see)
{
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
        const char *type = "\"type\":\"/problems/";
        struct text name;

        buffer_clear(&out);
        problem_write(&out,
                      &(struct problem){ .code = code, .request_id = "r" });
        name = text_skip(buffer_text(&out), strlen(type) + 1);
        name.len = (size_t)text_find(name, '"');
        cr_expect_not_null(explanation_find(name),
                           "problems.def has no row for %s",
                           error_info(code)->code);
    }
}

Test(explanation, there_is_none_for_what_is_told_as_internal)
{
    cr_expect_null(explanation_find(TEXT("query_failed")));
    cr_expect_null(explanation_find(TEXT("nothing")));
    cr_expect_null(explanation_find(TEXT("")));
}

Test(explanation, escapes_what_html_would_read)
{
    struct explanation e = { ERR_NOT_FOUND, "`<b>` & \"c\"", "x > y" };

    explanation_write_html(&out, &e);
    cr_expect(has("<p><code>&lt;b&gt;</code> &amp; &quot;c&quot;</p>"));
    cr_expect(has("<p>x &gt; y</p>"));
    cr_expect_not(has("<b>"));
}

Test(explanation, closes_the_code_it_opens)
{
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
        const struct explanation *e =
            explanation_find(text_of(error_info(code)->code));
        size_t quotes = 0;

        if (!e)
            continue;
        for (const char *at = e->why; *at; at++)
            quotes += *at == '`';
        cr_expect_eq(quotes % 2, 0, "%s", e->why);
        for (const char *at = e->what_to_do; *at; at++)
            quotes += *at == '`';
        cr_expect_eq(quotes % 2, 0, "%s", e->what_to_do);
    }
}

Test(explanation, is_the_same_in_every_form)
{
    const struct explanation *e = explanation_find(TEXT("validation"));

    explanation_write_json(&out, e);
    cr_expect(has("{\"type\":\"/problems/validation\",\"code\":\"validation\","
                  "\"title\":\"Validation failed\",\"status\":422,\"why\":"));
    buffer_clear(&out);
    explanation_write_markdown(&out, e);
    cr_expect(has("# Validation failed\n\n`validation`, status 422\n\n## Why"));
    cr_expect(has(e->what_to_do));
    buffer_clear(&out);
    explanation_write_html(&out, e);
    cr_expect(has("<title>Validation failed</title>"));
}
