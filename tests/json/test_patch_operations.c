/* SPDX-License-Identifier: MIT */
#include "json/patching.h"

TestSuite(json_patch, .init = setup, .fini = teardown);

static void add_step(struct text step, struct buffer *json)
{
    struct text op, first, rest = step;

    (void)text_cut(&rest, ' ', &op);
    (void)text_cut(&rest, ' ', &first);
    buffer_add_format(json, "{\"op\":\"%.*s\"", TEXT_ARG(op));
    if (text_is(op, "move") || text_is(op, "copy"))
        buffer_add_format(json, ",\"from\":\"%.*s\",\"path\":\"%.*s\"}",
                          TEXT_ARG(first), TEXT_ARG(rest));
    else if (text_is(op, "remove"))
        buffer_add_format(json, ",\"path\":\"%.*s\"}", TEXT_ARG(first));
    else
        buffer_add_format(json, ",\"path\":\"%.*s\",\"value\":%.*s}",
                          TEXT_ARG(first), TEXT_ARG(rest));
}

/* A patch as one writes it down: a step in a line, `add /path value`. */
static struct text steps(const char *lines)
{
    CLEANUP(buffer_fini) struct buffer json = { .limit = 1 << 20 };
    struct text rest = text_of(lines), step;

    buffer_add_byte(&json, '[');
    while (text_cut(&rest, '\n', &step)) {
        buffer_add_string(&json, json.len > 1 ? "," : "");
        add_step(step, &json);
    }
    buffer_add_byte(&json, ']');
    return text_of(arena_copy(&arena, buffer_text(&json)));
}

static void changes(const char *lines, const char *expected)
{
    expect_changes(PATCH_OPERATIONS, steps(lines), expected);
}

static void faults(const char *lines, const char *expected)
{
    expect_faults(PATCH_OPERATIONS, steps(lines), expected);
}

static void fails(const char *lines, const char *detail)
{
    expect_failure(PATCH_OPERATIONS, steps(lines), ERR_TEST_FAILED, detail);
}

static void faults_of(const char *body, const char *expected)
{
    expect_faults(PATCH_OPERATIONS, text_of(body), expected);
}

Test(json_patch, adds_members_and_items)
{
    changes("add /title \"B\"", "title=B");
    changes("add /tags/1 \"x\"", "tags={\"a\",\"x\",\"b\",\"c\"}");
    changes("add /tags/- \"x\"\n"
            "add /tags/4 \"y\"",
            "tags={\"a\",\"b\",\"c\",\"x\",\"y\"}");
    changes("add /tags []\n"
            "add /tags/0 \"\"",
            "tags={\"\"}");
    changes("add /card/side/note \"x\"",
            "card={\"phone\":\"1\",\"locale\":\"de\","
            "\"side\":{\"first\":1,\"note\":\"x\"}}");
    changes("add /data/list/1/0 {\"deep\":[]}",
            "data={\"n\":1.5,\"list\":[1,[{\"deep\":[]},2],{\"x\":null}]}");
}

Test(json_patch, removes_members_and_items)
{
    changes("remove /author_id\n"
            "remove /summary",
            "author_id");
    changes("remove /tags/1", "tags={\"a\",\"c\"}");
    changes("remove /data/list/2/x\n"
            "remove /data/n",
            "data={\"list\":[1,[2],{}]}");
}

Test(json_patch, gives_what_is_removed_the_value_it_began_with)
{
    changes("remove /state\n"
            "remove /tags\n"
            "remove /card\n"
            "remove /urgent",
            "state=draft, tags={}, card={}");
    faults("remove /title\n"
           "remove /place",
           "/title required: must be given\n"
           "/place required: must be given");
}

Test(json_patch, replaces_members_and_items)
{
    changes("replace /author_id null", "author_id");
    changes("replace /tags/2 \"z\"", "tags={\"a\",\"b\",\"z\"}");
    changes("replace /card {}", "card={}");
    changes("replace /data/list/1 0",
            "data={\"n\":1.5,\"list\":[1,0,{\"x\":null}]}");
}

Test(json_patch, moves_members_and_items)
{
    changes("move /a~1b~0c /summary", "summary=slashed, a/b~c");
    changes("move /tags/0 /tags/2", "tags={\"b\",\"c\",\"a\"}");
    changes("move /tags/0 /tags/-", "tags={\"b\",\"c\",\"a\"}");
    changes("move /data/list/2/x /data/y",
            "data={\"n\":1.5,\"list\":[1,[2],{}],\"y\":null}");
    changes("move /title /title", "");
}

Test(json_patch, copies_members_and_items)
{
    changes("copy /title /summary", "summary=A title");
    changes("copy /tags/0 /tags/-", "tags={\"a\",\"b\",\"c\",\"a\"}");
    changes("copy /data/list /data/list/0\n"
            "remove /data/list/0/1",
            "data={\"n\":1.5,\"list\":[[1,{\"x\":null}],1,[2],"
            "{\"x\":null}]}");
    changes("copy /created_at /heard_at",
            "heard_at=2026-11-20 08:30:00.000000+00");
    changes("replace /data {}\n"
            "copy /version /data/was",
            "data={\"was\":17}");
}

Test(json_patch, tests_any_member)
{
    changes("test /version 17\n"
            "test /created_at \"2026-11-20T08:30:00.000000Z\"\n"
            "test /deleted_at null\n"
            "test /data/n 15e-1\n"
            "test /place 7.0\n"
            "test /card "
            "{\"side\":{\"first\":1.0},\"locale\":\"de\",\"phone\":\"1\"}\n"
            "test /tags [\"a\",\"\\u0062\",\"c\"]",
            "");
    changes("test /title \"A title\"\n"
            "replace /title \"B\"\n"
            "test /title \"B\"",
            "title=B");
}

Test(json_patch, says_which_test_failed)
{
    fails("test /title \"a title\"", "operation 0: /title has another value");
    fails("replace /title \"B\"\n"
          "test /title \"A title\"",
          "operation 1: /title has another value");
    fails("test  {}", "operation 0: the object has another value");
    fails("test /colour/of null", "operation 0: /colour does not exist");
    fails("test /tags/3 null", "operation 0: /tags/3 is behind the list's end");
    fails("test /tags/- null", "operation 0: /tags/- is behind the list's end");
    fails("test /tags/00 \"a\"", "operation 0: /tags/00 is no place in a list");
    fails("test /title/0 \"A\"", "operation 0: /title/0 does not exist");
    fails("test /place \"7\"", "operation 0: /place has another value");
    fails("test /card {\"phone\":\"1\",\"locale\":\"de\"}",
          "operation 0: /card has another value");
    fails("test /tags [\"b\",\"a\",\"c\"]",
          "operation 0: /tags has another value");
}

Test(json_patch, tells_integers_apart_that_a_double_cannot)
{
    record_set(&record, "data",
               TEXT("{\"i\":9007199254740993,"
                    "\"m\":-9223372036854775808,"
                    "\"x\":9223372036854775807}"));
    fails("test /data/i 9007199254740992.0",
          "operation 0: /data/i has another value");
    fails("test /data/x 9223372036854775808.0",
          "operation 0: /data/x has another value");
    changes("test /data/m -9223372036854775808.0", "");
    fails("test /data/m 0.5", "operation 0: /data/m has another value");
}

Test(json_patch, says_which_operation_cannot_be_done)
{
    faults("remove /data/absent",
           "/0/path not_found: /data/absent does not exist");
    faults("add /data/absent/x 1",
           "/0/path not_found: /data/absent does not exist");
    faults("replace /data/absent 1",
           "/0/path not_found: /data/absent does not exist");
    faults("add /title/0 1", "/0/path not_found: /title/0 does not exist");
    faults("add /title \"B\"\n"
           "add /tags/4 \"x\"",
           "/1/path out_of_range: /tags/4 is behind the list's end");
    faults("replace /tags/3 \"x\"",
           "/0/path out_of_range: /tags/3 is behind the list's end");
    faults("remove /tags/-",
           "/0/path out_of_range: /tags/- is behind the list's end");
    faults("remove /tags/99999999999999999999",
           "/0/path out_of_range: /tags/99999999999999999999 is behind the"
           " list's end");
    faults("add /tags/01 \"x\"",
           "/0/path invalid_format: /tags/01 is no place in a list");
    faults("add /tags/-1 \"x\"",
           "/0/path invalid_format: /tags/-1 is no place in a list");
    faults("add /tags/ \"x\"",
           "/0/path invalid_format: /tags/ is no place in a list");
    faults("copy /colour /summary",
           "/0/from not_found: /colour does not exist");
    faults("move /data/absent /summary",
           "/0/from not_found: /data/absent does not exist");
    faults("remove /summary\n"
           "remove /summary",
           "/1/path not_found: /summary does not exist");
}

Test(json_patch, never_moves_a_thing_into_itself)
{
    faults("move /data /data/in",
           "/0/path not_allowed: /data/in is inside of what is moved");
    faults("move /data/list /data/list/0/x",
           "/0/path not_allowed: /data/list/0/x is inside of what is moved");
    changes("replace /data {\"a\":{},\"ab\":{}}\n"
            "move /data/a /data/ab/a",
            "data={\"ab\":{\"a\":{}}}");
}

Test(json_patch, refuses_targets_that_are_not_the_clients)
{
    faults("replace /version 17\n"
           "remove /colour\n"
           "move /created_by /author_id\n"
           "copy /title /author\n"
           "add /card/colour 1\n"
           "add /card/side/id/x 1\n"
           "replace  {}\n"
           "move  /data/x",
           "/0/path read_only: is set by the service\n"
           "/1/path unknown_field: is no member of notes\n"
           "/2/from read_only: is set by the service\n"
           "/3/path read_only: is set by the service\n"
           "/4/path unknown_field: is no member of cards\n"
           "/5/path unknown_field: is no member of sides\n"
           "/6/path read_only: must lead to a member of the object\n"
           "/7/from read_only: must lead to a member of the object");
}

Test(json_patch, lists_every_fault_of_a_patch_that_is_none)
{
    faults_of(
        "[1,{},{\"op\":\"add\"},{\"op\":\"delete\",\"path\":\"title\"},"
        "{\"op\":5,\"path\":\"/~2\"},{\"op\":\"copy\",\"path\":\"/x~\"},"
        "{\"op\":\"test\",\"path\":null},"
        "{\"op\":\"move\",\"path\":\"/title\",\"from\":{}},"
        "{\"op\":\"remove\",\"path\":\"/\\u0000\"},"
        "{\"op\":\"add\",\"path\":\"/data\",\"value\":null,\"more\":1}]",
        "/8/path nul: must not contain a NUL\n"
        "/0 wrong_type: must be an object\n"
        "/1/op required: must be given\n"
        "/1/path required: must be given\n"
        "/2/path required: must be given\n"
        "/2/value required: must be given\n"
        "/3/op not_allowed: must be one of add, remove, replace, move, copy,"
        " test\n"
        "/3/path invalid_format: must be a JSON pointer\n"
        "/4/op wrong_type: must be text\n"
        "/4/path invalid_format: must be a JSON pointer\n"
        "/5/path invalid_format: must be a JSON pointer\n"
        "/5/from required: must be given\n"
        "/6/path wrong_type: must be text\n"
        "/6/value required: must be given\n"
        "/7/from wrong_type: must be text\n"
        "/8/path unknown_field: is no member of notes");
}

Test(json_patch, must_be_a_list)
{
    faults_of("{\"title\":\"B\"}", " wrong_type: must be a list of operations");
    faults_of("null", " wrong_type: must be a list of operations");
    expect_changes(PATCH_OPERATIONS, TEXT("[]"), "");
    expect_failure(PATCH_OPERATIONS, TEXT("[{]"), ERR_MALFORMED_JSON,
                   "line 1, column 3: a member's name is expected");
}

Test(json_patch, does_nothing_when_a_later_operation_fails)
{
    changes("replace /title \"B\"", "title=B");
    fails("replace /title \"B\"\n"
          "test /place 8",
          "operation 1: /place has another value");
}

Test(json_patch, judges_only_the_result)
{
    changes("replace /title \"\"\n"
            "replace /title \"B\"",
            "title=B");
    changes("add /card/locale 7\n"
            "remove /card/locale",
            "card={\"phone\":\"1\",\"side\":{\"first\":1}}");
    faults("replace /title 7\n"
           "add /tags/0 {}\n"
           "replace /card {\"colour\":1,\"side\":{}}\n"
           "replace /state null",
           "/title wrong_type: must be text\n"
           "/state not_null: must not be null\n"
           "/tags/0 wrong_type: must be text\n"
           "/card/colour unknown_field: is no member of cards\n"
           "/card/side/first required: must be given");
}

/* One step, again and again. */
static struct text many(const char *step, size_t count)
{
    CLEANUP(buffer_fini) struct buffer lines = { .limit = 1 << 16 };

    for (size_t i = 0; i < count; i++)
        buffer_add_format(&lines, "%s%s", i ? "\n" : "", step);
    buffer_add_byte(&lines, '\0');
    return steps(lines.at);
}

Test(json_patch, takes_100_operations_and_no_more)
{
    expect_changes(PATCH_OPERATIONS, many("add /place 8", 100), "place=8");
    expect_faults(PATCH_OPERATIONS, many("add /place 8", 101),
                  " too_many: must be at most 100 operations");
}

Test(json_patch, charges_for_copies_that_double)
{
    record_set(&record, "data", TEXT("{\"l\":[1,2,3]}"));
    expect_failure(PATCH_OPERATIONS, many("copy /data/l /data/l/-", 12),
                   ERR_CONTENT_TOO_LARGE, "operation 11: too much is copied");
}

Test(json_patch, charges_for_the_bytes_of_copies_too)
{
    static char body[1200000];
    size_t len;

    len = (size_t)snprintf(body, sizeof(body),
                           "[{\"op\":\"add\",\"path\":\"/data\","
                           "\"value\":{\"t\":\"");
    memset(body + len, 'x', 1000000);
    len += 1000000;
    len += (size_t)snprintf(body + len, sizeof(body) - len, "\"}}");
    for (int i = 0; i < 5; i++)
        len += (size_t)snprintf(body + len, sizeof(body) - len,
                                ",{\"op\":\"copy\",\"from\":\"/data/t\","
                                "\"path\":\"/data/t%d\"}",
                                i);
    body[len++] = ']';
    expect_failure(PATCH_OPERATIONS, text_from(body, len),
                   ERR_CONTENT_TOO_LARGE, "operation 5: too much is copied");
}

Test(json_patch, nests_no_deeper_than_a_document)
{
    record_set(&record, "data", TEXT("{\"a\":{}}"));
    cr_expect_eq(patch(PATCH_OPERATIONS, many("copy /data/a /data/a/a", 29)), 0,
                 "%s", diag.detail);
    expect_faults(PATCH_OPERATIONS, many("copy /data/a /data/a/a", 30),
                  "/29/path too_deep: /data/a/a would be nested too deep");
    faults("add "
           "/data/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/"
           "1/2 1",
           "/0/path too_deep: leads deeper than an object may be");
}

Test(json_patch, tells_of_a_long_path_what_fits)
{
    char body[2000], path[700] = "/data/";
    const struct violation *v;

    for (int i = 0; i < 330; i++)
        strcat(path, "é");
    snprintf(body, sizeof(body), "[{\"op\":\"remove\",\"path\":\"%s\"}]", path);
    cr_expect_eq(patch(PATCH_OPERATIONS, text_of(body)), -ERR_VALIDATION);
    v = list_first(&diag.violations, struct violation, link);
    cr_assert_not_null(v);
    cr_expect_str_eq(v->pointer, "/0/path");
    cr_expect(text_is_utf8(text_of(v->detail)));
    cr_expect(text_ends_with(text_of(v->detail), "é does not exist"));
    cr_expect(text_is_utf8(text_of(diag.detail)));
}
