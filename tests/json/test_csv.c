/* SPDX-License-Identifier: MIT */
#include "json/csv.h"

#include <criterion/criterion.h>

static const struct field rows[] = {
    { MEMBER("text"), .type = FIELD_TEXT },
    { MEMBER("number"), .type = FIELD_INTEGER },
    { MEMBER("flag"), .type = FIELD_BOOLEAN },
    { MEMBER("day"), .type = FIELD_DATE },
    { MEMBER("moment"), .type = FIELD_TIMESTAMP },
    { MEMBER("list"), .type = FIELD_TEXT_LIST },
};

static const struct shape shape = {
    .name = "things",
    .singular = "thing",
    SHAPE_ROWS(rows),
    .bare = true,
};

static const struct shape narrow = {
    .name = "things",
    .singular = "thing",
    .rows = rows,
    .row_count = 1,
    .bare = true,
};

static struct buffer buffer;

static void setup(void)
{
    buffer_init(&buffer, 1 << 20);
}

static void teardown(void)
{
    buffer_fini(&buffer);
}

TestSuite(csv, .init = setup, .fini = teardown);

static void expect(const char *csv)
{
    cr_expect(text_is(buffer_text(&buffer), csv), "%.*s is not %s",
              TEXT_ARG(buffer_text(&buffer)), csv);
    buffer_clear(&buffer);
}

static void expect_field(struct text value, const char *csv)
{
    struct selection selection;

    selection_all(&narrow, &selection);
    csv_encode(&selection, &value, &buffer);
    expect(csv);
}

Test(csv, begins_with_the_names)
{
    struct selection selection;

    selection_all(&shape, &selection);
    csv_encode_names(&selection, &buffer);
    expect("text,number,flag,day,moment,list\r\n");
}

Test(csv, writes_values_as_json_has_them)
{
    const struct text columns[] = {
        TEXT("plain"),
        TEXT("-17"),
        TEXT("t"),
        TEXT("2026-02-28"),
        TEXT("2026-11-21 08:30:00.12+00"),
        TEXT("{a,\"b,c\"}"),
    };
    struct selection selection;

    selection_all(&shape, &selection);
    csv_encode(&selection, columns, &buffer);
    expect("plain,-17,true,2026-02-28,\"2026-11-21T08:30:00.120000Z\","
           "\"[\"\"a\"\",\"\"b,c\"\"]\"\r\n");
}

Test(csv, tells_null_from_empty)
{
    const struct text nothing[] = { TEXT_NULL, TEXT_NULL, TEXT_NULL,
                                    TEXT_NULL, TEXT_NULL, TEXT_NULL };
    struct selection selection;

    selection_all(&shape, &selection);
    csv_encode(&selection, nothing, &buffer);
    expect(",,,,,\r\n");
    expect_field(TEXT(""), "\"\"\r\n");
}

Test(csv, quotes_only_what_asks_for_it)
{
    expect_field(TEXT("a b;c\t'd' Größe 🐎"), "a b;c\t'd' Größe 🐎\r\n");
    expect_field(TEXT("a,b"), "\"a,b\"\r\n");
    expect_field(TEXT("a\nb"), "\"a\nb\"\r\n");
    expect_field(TEXT("a\rb"), "\"a\rb\"\r\n");
    expect_field(TEXT("\""), "\"\"\"\"\r\n");
    expect_field(TEXT("\"a\" and \"b\""), "\"\"\"a\"\" and \"\"b\"\"\"\r\n");
}
