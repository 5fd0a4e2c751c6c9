/* SPDX-License-Identifier: MIT */
#include "json/patching.h"

TestSuite(merge_patch, .init = setup, .fini = teardown);

static void changes(const char *body, const char *expected)
{
    expect_changes(PATCH_MERGE, text_of(body), expected);
}

static void faults(const char *body, const char *expected)
{
    expect_faults(PATCH_MERGE, text_of(body), expected);
}

Test(merge_patch, changes_only_what_it_names)
{
    changes("{\"title\":\"B\"}", "title=B");
    changes("{\"urgent\":true,\"place\":8}", "place=8, urgent=t");
    changes("{\"tags\":[\"b\",\"\\\"\\\\\"]}", "tags={\"b\",\"\\\"\\\\\"}");
    changes("{\"tags\":[]}", "tags={}");
    changes("{\"a/b~c\":\"x\"}", "a/b~c=x");
}

Test(merge_patch, changes_nothing_with_what_is_there_already)
{
    changes("{}", "");
    changes("{\"title\":\"A title\",\"place\":7,\"summary\":null,"
            "\"tags\":[\"a\",\"b\",\"c\"],\"data\":{\"n\":1.5},\"card\":{}}",
            "");
    changes("{\"title\":\"A\\u0020title\",\"card\":{\"side\":{\"first\":1}}}",
            "");
}

Test(merge_patch, knows_one_value_by_its_other_spellings)
{
    changes("{\"heard_at\":\"2026-11-21T10:30:00+02:00\"}", "");
    changes("{\"heard_at\":\"2026-11-21T10:30:01+02:00\"}",
            "heard_at=2026-11-21 08:30:01.000000+00");
    changes("{\"author_id\":\"01997B2E-0000-7000-8000-00000000000A\"}", "");
}

Test(merge_patch, takes_a_null_where_there_may_be_none)
{
    changes("{\"author_id\":null,\"summary\":null,\"data\":null}",
            "author_id, data");
    faults("{\"title\":null,\"place\":null,\"tags\":null,\"card\":null}",
           "/title not_null: must not be null\n"
           "/place not_null: must not be null\n"
           "/tags not_null: must not be null\n"
           "/card not_null: must not be null");
}

Test(merge_patch, gives_the_whole_object_that_merging_makes)
{
    changes("{\"card\":{\"phone\":\"2\"}}",
            "card={\"phone\":\"2\",\"locale\":\"de\",\"side\":{\"first\":1}}");
    changes("{\"card\":{\"phone\":null,\"locale\":\"fr\"}}",
            "card={\"locale\":\"fr\",\"side\":{\"first\":1}}");
    changes("{\"card\":{\"side\":{\"note\":\"x\"}}}",
            "card={\"phone\":\"1\",\"locale\":\"de\","
            "\"side\":{\"first\":1,\"note\":\"x\"}}");
    changes("{\"card\":{\"side\":null,\"phone\":null,\"locale\":null}}",
            "card={}");
}

Test(merge_patch, judges_inner_objects_by_their_shapes)
{
    faults("{\"card\":{\"locale\":\"?\",\"colour\":null,\"side\":"
           "{\"first\":null,\"note\":\"too long it is\",\"id\":{}}}}",
           "/card/locale invalid_format: must be a language tag such as de or"
           " pt-BR\n"
           "/card/side/first not_null: must not be null\n"
           "/card/side/note too_long: must be at most 9 characters\n"
           "/card/side/id unknown_field: is no member of sides\n"
           "/card/colour unknown_field: is no member of cards");
    record_set(&record, "card", TEXT("{}"));
    faults("{\"card\":{\"side\":{}}}",
           "/card/side/first required: must be given");
    changes("{\"card\":{\"side\":{\"first\":0,\"note\":null}}}",
            "card={\"side\":{\"first\":0}}");
}

Test(merge_patch, refuses_what_is_not_the_clients_even_unchanged)
{
    faults("{\"id\":\"01997b2e-0000-7000-8000-000000000001\",\"version\":17,"
           "\"deleted_at\":null,\"created_by\":null,\"author\":{},"
           "\"colour\":null,\"title\":\"\"}",
           "/id read_only: is set by the service\n"
           "/version read_only: is set by the service\n"
           "/deleted_at read_only: is set by the service\n"
           "/created_by read_only: is set by the service\n"
           "/author read_only: is set by the service\n"
           "/colour unknown_field: is no member of notes\n"
           "/title too_short: must be 1 to 20 characters");
}

Test(merge_patch, lists_every_fault_with_nuls_beside_the_others)
{
    faults("{\"title\":\"\\u0000\",\"place\":0,\"state\":\"lost\","
           "\"tags\":[\"a\",1],\"urgent\":{\"a\":null},\"data\":[]}",
           "/title nul: must not contain a NUL\n"
           "/place out_of_range: must be 1 to 1000\n"
           "/state not_allowed: must be one of draft, sent\n"
           "/urgent wrong_type: must be true or false\n"
           "/tags/1 wrong_type: must be text\n"
           "/data wrong_type: must be an object");
    faults("{\"place\":99999999999999999999}",
           "/place out_of_range: must fit a 64-bit integer");
}

Test(merge_patch, must_be_an_object)
{
    faults("[]", " wrong_type: must be an object");
    faults("null", " wrong_type: must be an object");
    faults("\"title\"", " wrong_type: must be an object");
    expect_failure(PATCH_MERGE, TEXT("{\"title\":"), ERR_MALFORMED_JSON,
                   "line 1, column 10: ends too early");
    expect_failure(PATCH_MERGE, TEXT("{\"title\":1,\"title\":2}"),
                   ERR_MALFORMED_JSON,
                   "line 1, column 19: a member is given twice");
}

/* RFC 7396, appendix A: what becomes of `v` in a free object. */
static void merges(const char *was, const char *patch_text, const char *now)
{
    char column[200], body[200], expected[200];

    snprintf(column, sizeof(column), "{\"v\":%s,\"w\":1}", was);
    snprintf(body, sizeof(body), "{\"data\":{\"v\":%s}}", patch_text);
    record_set(&record, "data", text_of(column));
    snprintf(expected, sizeof(expected), "data={\"v\":%s,\"w\":1}", now);
    changes(body, strcmp(was, now) == 0 ? "" : expected);
}

Test(merge_patch, follows_the_table_of_its_standard)
{
    merges("{\"k\":\"x\"}", "{\"k\":\"y\"}", "{\"k\":\"y\"}");
    merges("{\"k\":\"x\"}", "{\"l\":\"y\"}", "{\"k\":\"x\",\"l\":\"y\"}");
    merges("{\"k\":\"x\"}", "{\"k\":null}", "{}");
    merges("{\"k\":\"x\",\"l\":2}", "{\"k\":null}", "{\"l\":2}");
    merges("{\"k\":[3]}", "{\"k\":4}", "{\"k\":4}");
    merges("{\"k\":4}", "{\"k\":[3]}", "{\"k\":[3]}");
    merges("{\"k\":{\"l\":5}}", "{\"k\":{\"l\":6,\"m\":null}}",
           "{\"k\":{\"l\":6}}");
    merges("{\"k\":[{\"l\":7}]}", "{\"k\":[1]}", "{\"k\":[1]}");
    merges("[1,2]", "[3,4]", "[3,4]");
    merges("{\"k\":8}", "[9]", "[9]");
    merges("{\"k\":8}", "\"text\"", "\"text\"");
    merges("{\"k\":null}", "{\"l\":1}", "{\"k\":null,\"l\":1}");
    merges("[1,2]", "{\"k\":\"x\",\"l\":null}", "{\"k\":\"x\"}");
    merges("{}", "{\"k\":{\"l\":{\"m\":null}}}", "{\"k\":{\"l\":{}}}");
    merges("{\"k\":1}", "{\"k\":[{\"l\":null}]}", "{\"k\":[{\"l\":null}]}");
}

Test(merge_patch, takes_a_free_member_away_with_a_null)
{
    changes("{\"data\":{\"list\":null,\"absent\":null}}", "data={\"n\":1.5}");
    record_set(&record, "data", TEXT_NULL);
    changes("{\"data\":{\"k\":{\"l\":null}}}", "data={\"k\":{}}");
}

Test(merge_patch, lets_stand_what_it_does_not_touch)
{
    record_set(&record, "state", TEXT("of_a_later_release"));
    record_set(&record, "place", TEXT("2000"));
    changes("{\"title\":\"B\",\"place\":2000}", "title=B");
    faults("{\"place\":2001}", "/place out_of_range: must be 1 to 1000");
    changes("{\"state\":\"draft\"}", "state=draft");
}
