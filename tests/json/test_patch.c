/* SPDX-License-Identifier: MIT */
/* What both kinds of patches have in common. */
#include "json/patching.h"

TestSuite(patch, .init = setup, .fini = teardown);

static int patch_text(const char *current, const char *body)
{
    diag_clear(&diag);
    values = NULL;
    return patch_apply(&note_shape, text_of(current), text_of(body),
                       PATCH_MERGE, &arena, &diag, &values);
}

Test(patch, gives_values_that_need_no_text_any_more)
{
    char current[] = "{\"title\":\"A\"}", body[] = "{\"title\":\"B\"}";
    int r = patch_apply(&note_shape, text_of(current), text_of(body),
                        PATCH_MERGE, &arena, &diag, &values);

    cr_assert_eq(r, 0);
    memset(current, 'x', sizeof(current));
    memset(body, 'x', sizeof(body));
    cr_expect_str_eq(values->items[0].text.at, "B");
}

Test(patch, says_when_the_stored_object_cannot_be_read)
{
    cr_expect_eq(patch_text("{\"title\":", "{}"), -ERR_INTERNAL);
    cr_expect_str_eq(diag.detail, "the stored object cannot be read");
    cr_expect_eq(patch_text("[]", "{}"), -ERR_INTERNAL);
    cr_expect_eq(patch_text("{\"data\":1e999}", "{}"), -ERR_INTERNAL);
    cr_expect_eq(patch_text("{\"title\":\"\\u0000\"}", "{}"), -ERR_INTERNAL);
    cr_expect_eq(diag.violation_count, 0, "it is no fault of the client's");
}

Test(patch, reads_what_the_database_makes_of_large_numbers)
{
    record_set(&record, "data",
               TEXT("{\"n\": -100000000000000000000, \"k\": 1,"
                    " \"t\": \"99999999999999999999\"}"));
    expect_changes(PATCH_MERGE, TEXT("{\"data\":{\"k\":2}}"),
                   "data={\"n\":-1e20,\"k\":2,\"t\":\"99999999999999999999\"}");
    expect_changes(PATCH_MERGE, TEXT("{\"data\":{\"n\":-1e20}}"), "");
}

/* {"list":[0,0,…]} of so many tokens in all. */
static struct text list_of(char *at, const char *front, size_t tokens)
{
    size_t len = (size_t)sprintf(at, "%s", front);

    for (size_t i = 3; i < tokens; i++)
        len += (size_t)sprintf(at + len, "%s0", i > 3 ? "," : "");
    return text_from(at, len + (size_t)sprintf(at + len, "]}"));
}

Test(patch, takes_what_a_creation_of_the_most_tokens_became)
{
    static char column[3 * DOCUMENT_TOKENS_MAX];

    record_set(&record, "data",
               list_of(column, "{\"list\":[", DOCUMENT_TOKENS_MAX));
    expect_changes(PATCH_MERGE, TEXT("{\"title\":\"B\"}"), "title=B");
}

Test(patch, refuses_what_would_become_larger_than_a_document)
{
    static char column[3 * DOCUMENT_TOKENS_MAX], body[3 * DOCUMENT_TOKENS_MAX];

    record_set(&record, "data",
               list_of(column, "{\"list\":[", DOCUMENT_TOKENS_MAX));
    list_of(body, "{\"data\":{\"more\":[", 300);
    strcat(body, "}");
    expect_failure(PATCH_MERGE, text_of(body), ERR_CONTENT_TOO_LARGE,
                   "the object would be too large");
}

Test(patch, gives_up_when_the_arena_is_full)
{
    static char body[] =
        "[{\"op\":\"add\",\"path\":\"/summary\",\"value\":\"long enough\"}]";
    size_t given = 0;
    int r;

    do {
        arena_fini(&arena);
        arena_init(&arena, given);
        r = patch(PATCH_OPERATIONS, text_of(body));
        cr_assert_eq(r, r == 0 ? 0 : -ERR_CONTENT_TOO_LARGE);
        cr_assert_eq(r == 0, values != NULL);
        given += 16;
    } while (r < 0 && given < 10000);
    cr_expect(r == 0 && given > 200);
}
