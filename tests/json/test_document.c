/* SPDX-License-Identifier: MIT */
#include "json/document.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct diag diag;
static struct document *document;

static void setup(void)
{
    arena_init(&arena, 1 << 20);
    diag_init(&diag, &arena);
}

static void teardown(void)
{
    document_free(&document);
    arena_fini(&arena);
}

TestSuite(document, .init = setup, .fini = teardown);

static int parse(struct text bytes)
{
    document_free(&document);
    diag_clear(&diag);
    return document_parse(bytes, &diag, &document);
}

static void expect_malformed(struct text bytes, const char *detail)
{
    cr_expect_eq(parse(bytes), -ERR_MALFORMED_JSON, "%.*s", TEXT_ARG(bytes));
    cr_expect_str_eq(diag.detail, detail);
    cr_expect_null(document);
}

static const struct violation *violation(unsigned place)
{
    list_each (&diag.violations, struct violation, v, link)
        if (place-- == 0)
            return v;
    return NULL;
}

static void expect_violation(unsigned place, const char *pointer,
                             const char *code)
{
    const struct violation *v = violation(place);

    cr_assert_not_null(v, "%s", pointer);
    cr_expect_str_eq(v->pointer, pointer);
    cr_expect_str_eq(v->code, code);
}

Test(document, gives_every_type_by_our_own_names)
{
    const struct node *root;

    cr_assert_eq(parse(TEXT("{\"t\":\"\\u00e9\\ud83c\\udfdb\",\"i\":-7,"
                            "\"r\":1.5,\"b\":true,\"n\":null,\"l\":[1,[]],"
                            "\"o\":{}}")),
                 0);
    root = document_root(document);
    cr_expect_eq(node_type(root), NODE_OBJECT);
    cr_expect_eq(node_count(root), 7);
    cr_expect(text_is(node_text(node_member(root, "t")), "é\xF0\x9F\x8F\x9B"));
    cr_expect_eq(node_integer(node_member(root, "i")), -7);
    cr_expect_float_eq(node_real(node_member(root, "r")), 1.5, 1e-9);
    cr_expect(node_boolean(node_member(root, "b")));
    cr_expect_eq(node_type(node_member(root, "n")), NODE_NULL);
    cr_expect_eq(node_count(node_member(root, "l")), 2);
    cr_expect_eq(node_type(node_item(node_member(root, "l"), 1)), NODE_LIST);
    cr_expect_eq(node_type(node_member(root, "o")), NODE_OBJECT);
    cr_expect_null(node_member(root, "absent"));
    cr_expect_null(node_member(node_member(root, "i"), "t"));
    cr_expect_eq(node_count(node_member(root, "t")), 0);
}

Test(document, walks_members_in_the_order_they_were_written)
{
    struct member member = { 0 };
    char names[16] = "";

    cr_assert_eq(parse(TEXT("{\"z\":1,\"a\":2,\"m\":3}")), 0);
    while (member_next(document_root(document), &member))
        strncat(names, member.name.at, member.name.len);
    cr_expect_str_eq(names, "zam");
}

Test(document, takes_any_value_at_the_top)
{
    cr_expect_eq(parse(TEXT(" \t\r\n42 \n")), 0);
    cr_expect_eq(parse(TEXT("\"\"")), 0);
    cr_expect_eq(parse(TEXT("null")), 0);
    cr_expect_eq(parse(TEXT("[0,-0,0.5e+3,1E-2,-0.0]")), 0);
}

Test(document, says_where_the_grammar_breaks)
{
    expect_malformed(TEXT_NULL, "line 1, column 1: ends too early");
    expect_malformed(TEXT(" \n "), "line 2, column 2: ends too early");
    expect_malformed(TEXT("{\"a\":}"), "line 1, column 6: a value is expected");
    expect_malformed(TEXT("{\n \"é\" 1}"),
                     "line 2, column 6: a colon is expected");
    expect_malformed(TEXT("{\"a\":1,}"),
                     "line 1, column 8: a member's name is expected");
    expect_malformed(TEXT("{a:1}"),
                     "line 1, column 2: a member's name is expected");
    expect_malformed(TEXT("{\"a\":1 \"b\":2}"),
                     "line 1, column 8: a comma or } is expected");
    expect_malformed(TEXT("[1,]"), "line 1, column 4: a value is expected");
    expect_malformed(TEXT("[1 2]"),
                     "line 1, column 4: a comma or ] is expected");
    expect_malformed(TEXT("[1"), "line 1, column 3: a comma or ] is expected");
    expect_malformed(TEXT("{} {}"),
                     "line 1, column 4: something follows the JSON value");
    expect_malformed(TEXT("123\0"),
                     "line 1, column 4: something follows the JSON value");
    expect_malformed(TEXT("nul"), "line 1, column 1: a value is expected");
    expect_malformed(TEXT("\xEF\xBB\xBF{}"),
                     "line 1, column 1: a value is expected");
}

Test(document, says_what_is_wrong_with_a_number)
{
    expect_malformed(TEXT("-"), "line 1, column 1: not a number");
    expect_malformed(TEXT("1."), "line 1, column 1: not a number");
    expect_malformed(TEXT("1.e1"), "line 1, column 1: not a number");
    expect_malformed(TEXT("1e"), "line 1, column 1: not a number");
    expect_malformed(TEXT("01"),
                     "line 1, column 2: something follows the JSON value");
    expect_malformed(TEXT("+1"), "line 1, column 1: a value is expected");
    expect_malformed(TEXT(".5"), "line 1, column 1: a value is expected");
    expect_malformed(TEXT("NaN"), "line 1, column 1: a value is expected");
}

Test(document, says_what_is_wrong_with_a_text)
{
    expect_malformed(TEXT("\"a"), "line 1, column 1: a text without an end");
    expect_malformed(TEXT("\"a\nb\""),
                     "line 1, column 3: a control character in a text");
    expect_malformed(TEXT("\"a\0b\""),
                     "line 1, column 3: a control character in a text");
    expect_malformed(TEXT("\"\\x\""), "line 1, column 2: no such escape");
    expect_malformed(TEXT("\"\\"), "line 1, column 2: no such escape");
    expect_malformed(TEXT("\"\\u12g4\""),
                     "line 1, column 2: \\u needs four hexadecimal digits");
}

Test(document, refuses_bytes_and_surrogates_that_are_no_text)
{
    expect_malformed(TEXT("[\"\xC0\x80\"]"),
                     "line 1, column 2: a text that is not UTF-8");
    expect_malformed(TEXT("\"\xED\xA0\x80\""),
                     "line 1, column 1: a text that is not UTF-8");
    expect_malformed(TEXT("\"\xE2\x82\""),
                     "line 1, column 1: a text that is not UTF-8");
    expect_malformed(TEXT("\"\\ud800\""),
                     "line 1, column 2: half a surrogate pair");
    expect_malformed(TEXT("\"\\udc00\\ud800\""),
                     "line 1, column 2: half a surrogate pair");
    expect_malformed(TEXT("\"\\ud800\\ud800\""),
                     "line 1, column 2: half a surrogate pair");
}

Test(document, refuses_a_member_given_twice_however_it_is_spelt)
{
    expect_malformed(TEXT("{\"a\":1,\"b\":{\"a\":2},\"a\":3}"),
                     "line 1, column 23: a member is given twice");
    cr_expect_eq(parse(TEXT("{\"a\":1,\"\\u0061\":2}")), -ERR_MALFORMED_JSON);
    cr_expect_eq(parse(TEXT("{\"a\":\"\\u0000\",\"a\":2}")),
                 -ERR_MALFORMED_JSON, "also beside a NUL");
}

static struct text nested(char *at, size_t depth)
{
    memset(at, '[', depth);
    memset(at + depth, ']', depth);
    return text_from(at, 2 * depth);
}

Test(document, nests_32_deep_and_no_deeper)
{
    char deep[200];

    cr_expect_eq(parse(nested(deep, DOCUMENT_DEPTH_MAX)), 0);
    expect_malformed(nested(deep, DOCUMENT_DEPTH_MAX + 1),
                     "nested deeper than 32");
    cr_expect_eq(parse(TEXT("[[1],[2],[3],[4],[5],[6],[7],[8],[9],[0],[1],[2],"
                            "[3],[4],[5],[6],[7],[8],[9],[0],[1],[2],[3],[4],"
                            "[5],[6],[7],[8],[9],[0],[1],[2],[3],[4]]")),
                 0, "side by side is not deep");
}

Test(document, takes_10000_tokens_and_no_more)
{
    static char list[2 * DOCUMENT_TOKENS_MAX + 2] = "[0";
    size_t len = 2;

    while (len < 2 * (DOCUMENT_TOKENS_MAX - 1)) {
        list[len++] = ',';
        list[len++] = '0';
    }
    list[len] = ']';
    cr_expect_eq(parse(text_from(list, len + 1)), 0);
    memcpy(list + len, ",0]", 3);
    cr_expect_eq(parse(text_from(list, len + 3)), -ERR_CONTENT_TOO_LARGE);
}

Test(document, points_at_every_nul_in_a_well_formed_document)
{
    cr_expect_eq(parse(TEXT("{\"title\":\"a\\u0000b\",\"ok\":\"\\\\u0000\","
                            "\"list\":[1,\"\\u0000\"],"
                            "\"a\\/b~\\u00e9\":{\"x\":\"\\u0000\"}}")),
                 -ERR_VALIDATION);
    cr_expect_eq(diag.violation_count, 3);
    expect_violation(0, "/title", "nul");
    expect_violation(1, "/list/1", "nul");
    expect_violation(2, "/a~1b~0é/x", "nul");
    cr_expect_null(document);
    cr_expect_eq(parse(TEXT("{\"o\":{\"a\\u0000\":1}}")), -ERR_VALIDATION);
    expect_violation(0, "/o", "nul");
}

Test(document, points_at_every_number_that_nothing_can_hold)
{
    cr_expect_eq(parse(TEXT("[9223372036854775807,-9223372036854775808,"
                            "1.79769313486231e308,1e-400]")),
                 0);
    cr_expect_eq(parse(TEXT("{\"a\":9223372036854775808,"
                            "\"b\":[-9223372036854775809],\"c\":1e400,"
                            "\"d\":-1e999,\"e\":1.7976931348623157e308}")),
                 -ERR_VALIDATION);
    cr_expect_eq(diag.violation_count, 5, "the last needs 17 digits");
    expect_violation(0, "/a", "out_of_range");
    expect_violation(1, "/b/0", "out_of_range");
    expect_violation(2, "/c", "out_of_range");
    expect_violation(3, "/d", "out_of_range");
    expect_violation(4, "/e", "out_of_range");
    cr_expect_str_eq(violation(0)->detail, "must fit a 64-bit integer");
}

Test(document, cuts_a_pointer_that_is_too_long_between_two_code_points)
{
    static char body[4000] = "{\"";
    const struct violation *v;
    size_t len = 2;

    for (int i = 0; i < 900; i++, len += 2)
        memcpy(body + len, "é", 2);
    memcpy(body + len, "\":\"\\u0000\"}", 11);
    cr_expect_eq(parse(text_from(body, len + 11)), -ERR_VALIDATION);
    v = violation(0);
    cr_assert_not_null(v);
    cr_expect_eq(strlen(v->pointer), 511);
    cr_expect(text_is_utf8(text_of(v->pointer)));
}

Test(document, writes_out_what_it_read)
{
    const char *json =
        "{\"z\":[1,-2,0.1,true,null],\"a\":{\"t\":\"é\\n\\\"\"}}";
    struct buffer out;

    buffer_init(&out, 1000);
    cr_assert_eq(parse(text_of(json)), 0);
    node_encode(document_root(document), &out);
    cr_expect(text_is(buffer_text(&out), json), "%.*s",
              TEXT_ARG(buffer_text(&out)));
    buffer_fini(&out);
}
