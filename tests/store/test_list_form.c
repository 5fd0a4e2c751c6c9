/* SPDX-License-Identifier: MIT */
#include "store/list_form.h"

#include "asked.h"
#include "store/sql_list.h"

enum { MS = 1000 * 1000 };

static struct form_set *set;
static struct buffer buffer;

static void setup(void)
{
    set = form_set_new();
    buffer_init(&buffer, 1 << 16);
}

static void teardown(void)
{
    form_set_free(&set);
    buffer_fini(&buffer);
}

TestSuite(list_form, .init = setup, .fini = teardown);

static struct form *form_as(const char *rights, const char *query,
                            const struct cursor *cursor)
{
    struct asked_for *asked = ask_for(&bills, query);

    cr_assert_eq(asked->result, 0, "%s", faults_of(&asked->diag));
    buffer_clear(&buffer);
    form_key(&buffer, asked->listing, cursor, text_of(rights));
    return form_get(set, buffer_text(&buffer), asked->listing, cursor,
                    "bills_list", &buffer);
}

static struct form *form_of(const char *query)
{
    return form_as("*:*", query, NULL);
}

static void expect_one_form(const char *query, const char *same)
{
    CLEANUP(form_put) struct form *first = form_of(query);
    CLEANUP(form_put) struct form *second = form_of(same);

    cr_expect_eq(first, second, "%s and %s", query, same);
}

static void expect_two_forms(const char *query, const char *other)
{
    CLEANUP(form_put) struct form *first = form_of(query);
    CLEANUP(form_put) struct form *second = form_of(other);

    cr_expect_neq(first, second, "%s and %s", query, other);
    cr_expect_str_neq(first->page.sql, second->page.sql);
    cr_expect_neq(first->page.hash, second->page.hash);
}

Test(list_form, is_the_same_whatever_the_values)
{
    expect_one_form("", "");
    expect_one_form("number=1", "number=2");
    expect_one_form("status=enacted,vetoed", "status=failed,enacted");
    expect_one_form("sort=-number&limit=7", "sort=-number&limit=8");
    expect_one_form("offset=5", "offset=500");
    expect_one_form("q=health", "q=wealth and more");
}

Test(list_form, differs_where_the_statement_does)
{
    expect_two_forms("", "limit=50");
    expect_two_forms("", "fields=id,title");
    expect_two_forms("", "offset=5");
    expect_two_forms("", "sort=number");
    expect_two_forms("sort=number", "sort=-number");
    expect_two_forms("number=1", "number_gt=1");
    expect_two_forms("number=1", "number=1,2");
    expect_two_forms("sponsor_id_null=true", "sponsor_id_null=false");
    expect_two_forms("number=1&session=119", "session=119&number=1");
    expect_two_forms("limit=7", "limit=25");
}

Test(list_form, has_the_statement_of_its_page)
{
    CLEANUP(form_put)
    struct form *form = form_of("status=enacted&sort=-number&limit=7");
    struct asked_for *asked =
        ask_for(&bills, "status=vetoed&sort=-number&limit=9");
    struct params params = asked->listing->params;

    buffer_clear(&buffer);
    sql_page(&buffer, asked->listing, NULL, &params);
    cr_expect(text_is(buffer_text(&buffer), form->page.sql));
    cr_expect_eq(form->page.hash, statement_hash(form->page.sql));
}

Test(list_form, tells_cursors_apart_by_direction_nulls_and_cuts)
{
    struct cursor cursor = { .count = 2 };
    struct form *forms[4];

    cursor.values[0].text = TEXT("a");
    cursor.values[1].text = TEXT("b");
    forms[0] = form_as("*:*", "sort=title", &cursor);
    cursor.backward = true;
    forms[1] = form_as("*:*", "sort=title", &cursor);
    cursor.values[0].cut = true;
    forms[2] = form_as("*:*", "sort=title", &cursor);
    cursor.values[0].cut = false;
    cursor.values[0].text = TEXT_NULL;
    forms[3] = form_as("*:*", "sort=title", &cursor);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect_neq(forms[i], forms[j]);
    for (size_t i = 0; i < 4; i++)
        form_put(&forms[i]);
}

Test(list_form, binds_cursors_to_conditions_and_order_alone)
{
    CLEANUP(form_put) struct form *plain = form_of("status=enacted");
    CLEANUP(form_put)
    struct form *page = form_of("status=vetoed&limit=7&fields=id");
    CLEANUP(form_put)
    struct form *sorted = form_of("status=vetoed&sort=number");

    cr_expect_arr_eq(plain->question.bytes, page->question.bytes, MAC_BYTES);
    cr_expect_arr_neq(plain->question.bytes, sorted->question.bytes, MAC_BYTES);
}

static void learn(struct form *form, unsigned times, uint64_t took_ms)
{
    while (times-- > 0)
        form_learn(form, took_ms * MS);
}

/* As many as members can be selected in ways: the bits of the number. */
static void use_many_forms(unsigned count)
{
    static const char *const members[] = { "version", "session", "type",
                                           "number",  "chamber", "title",
                                           "status",  "summary", "url" };

    for (unsigned bits = 0; bits < count; bits++) {
        CLEANUP(form_put) struct form *form = NULL;
        char query[200] = "fields=id";
        size_t len = strlen(query);

        for (unsigned i = 0; bits >> i; i++)
            if (bits >> i & 1)
                len += (size_t)snprintf(query + len, sizeof(query) - len, ",%s",
                                        members[i]);
        form = form_of(query);
    }
}

Test(list_form, is_forgotten_when_it_was_not_used_for_long)
{
    struct form *form = form_of("limit=1");

    learn(form, 16, 1);
    form_put(&form);
    use_many_forms(FORMS_MAX - 1);
    form = form_of("limit=1");
    cr_expect(form_is_quick(form), "one less than too many");
    form_put(&form);
    use_many_forms(FORMS_MAX);
    form = form_of("limit=1");
    cr_expect_not(form_is_quick(form));
    form_put(&form);
}

Test(list_form, lives_while_somebody_reads_by_it)
{
    CLEANUP(form_put) struct form *held = form_of("limit=1");

    use_many_forms(2 * FORMS_MAX);
    cr_expect(text_starts_with(text_of(held->page.sql), "SELECT"));
}

Test(list_form, is_quick_once_it_was_so_many_times)
{
    CLEANUP(form_put) struct form *form = form_of("");

    cr_expect_not(form_is_quick(form));
    learn(form, 15, 1);
    cr_expect_not(form_is_quick(form));
    learn(form, 1, 1);
    cr_expect(form_is_quick(form));
    learn(form, 1, 10);
    cr_expect(form_is_quick(form), "neither quick nor slow");
    learn(form, 1, 30);
    cr_expect_not(form_is_quick(form));
    learn(form, 15, 1);
    cr_expect_not(form_is_quick(form), "from the start again");
}

Test(list_form, is_never_quick_where_that_depends_on_values)
{
    CLEANUP(form_put) struct form *filtered = form_of("number=1");
    CLEANUP(form_put) struct form *deep = form_of("offset=100000");

    learn(filtered, 100, 1);
    learn(deep, 100, 1);
    cr_expect_not(form_is_quick(filtered));
    cr_expect_not(form_is_quick(deep));
}

Test(list_form, is_quick_for_those_of_the_same_rights_only)
{
    CLEANUP(form_put) struct form *all = form_as("*:*", "", NULL);
    CLEANUP(form_put) struct form *own = form_as("bills:read:own", "", NULL);

    learn(all, 100, 1);
    cr_expect(form_is_quick(all));
    cr_expect_not(form_is_quick(own));
}

Test(list_form, has_keys_that_no_two_rows_of_values_share)
{
    struct params one = { .count = 2, .items = { TEXT("a"), TEXT("bc") } };
    struct params other = { .count = 2, .items = { TEXT("ab"), TEXT("c") } };
    struct text key;
    size_t half;

    form_key_values(&buffer, &one);
    half = buffer.len;
    form_key_values(&buffer, &other);
    key = buffer_text(&buffer);
    cr_expect_eq(buffer.len, 2 * half);
    cr_expect_not(
        text_equal(text_from(key.at, half), text_from(key.at + half, half)));
}
