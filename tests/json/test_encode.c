/* SPDX-License-Identifier: MIT */
#include "json/encode.h"

#include "base/attr.h"

#include <criterion/criterion.h>

#include <stdio.h>

static struct buffer buffer;

static void setup(void)
{
    buffer_init(&buffer, 1 << 20);
}

static void teardown(void)
{
    buffer_fini(&buffer);
}

TestSuite(encode, .init = setup, .fini = teardown);

static void expect(const char *json)
{
    cr_expect(text_is(buffer_text(&buffer), json), "%.*s is not %s",
              TEXT_ARG(buffer_text(&buffer)), json);
    buffer_clear(&buffer);
}

Test(encode, escapes_what_json_forbids_and_nothing_else)
{
    encode_text(&buffer, TEXT("a\"b\\c/d\x7f"));
    expect("\"a\\\"b\\\\c/d\x7f\"");
    encode_text(&buffer, TEXT("\b\f\n\r\t\x01\x1f"));
    expect("\"\\b\\f\\n\\r\\t\\u0001\\u001f\"");
    encode_text(&buffer, TEXT("§ 7, Übung, \xE2\x80\xA8 \xF0\x9F\x8F\x9B"));
    expect("\"§ 7, Übung, \xE2\x80\xA8 \xF0\x9F\x8F\x9B\"");
    encode_text(&buffer, TEXT(""));
    expect("\"\"");
}

static void expect_found(char byte, size_t len, size_t place)
{
    bool plain = (unsigned char)byte >= 0x20 && byte != '"' && byte != '\\';
    size_t rest = len - place - 1;
    char in[80];

    memset(in, '.', len);
    in[place] = byte;
    encode_text(&buffer, text_from(in, len));
    cr_expect_eq(buffer.len == len + 2, plain, "byte %d at %zu", byte, place);
    cr_expect_eq(memcmp(buffer.at + 1, in, place), 0);
    cr_expect_eq(
        memcmp(buffer.at + buffer.len - 1 - rest, in + place + 1, rest), 0);
    cr_expect_eq(buffer.at[buffer.len - 1], '"');
    buffer_clear(&buffer);
}

/* The scan looks at several at once: every byte, at every place among them. */
Test(encode, finds_each_byte_to_escape_wherever_it_stands)
{
    static const size_t lengths[] = { 1, 3, 7, 8, 11, 15, 16, 17, 31, 32, 47 };

    for (int byte = 1; byte < 256; byte++)
        for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
            for (size_t place = 0; place < lengths[i]; place++)
                expect_found((char)byte, lengths[i], place);
}

Test(encode, finds_every_one_of_several_bytes_to_escape)
{
    encode_text(&buffer, TEXT("first line\nsecond \"line\", longer\n\nlast\n"));
    expect("\"first line\\nsecond \\\"line\\\", longer\\n\\nlast\\n\"");
}

static void expect_list(struct text list, const char *json)
{
    encode_list(&buffer, list);
    expect(json);
}

Test(encode, turns_an_array_of_texts_into_a_list)
{
    expect_list(TEXT("{}"), "[]");
    expect_list(TEXT("{a}"), "[\"a\"]");
    expect_list(TEXT("{Health,\"Armed Forces\",Taxation}"),
                "[\"Health\",\"Armed Forces\",\"Taxation\"]");
    expect_list(TEXT("{\"\",\"a,b\",\"{}\",\"NULL\"}"),
                "[\"\",\"a,b\",\"{}\",\"NULL\"]");
    expect_list(TEXT("{NULL,nil}"), "[null,\"nil\"]");
    expect_list(TEXT("{größer,\"🏛 \"}"), "[\"größer\",\"🏛 \"]");
    expect_list(TEXT("[0:1]={a,b}"), "[\"a\",\"b\"]");
}

Test(encode, keeps_and_adds_escapes_in_a_list)
{
    expect_list(TEXT("{\"say \\\"no\\\"\",\"c:\\\\dos\",\"\\\\\"}"),
                "[\"say \\\"no\\\"\",\"c:\\\\dos\",\"\\\\\"]");
    expect_list(TEXT("{\"two\nlines\",\"\t\",a\x01}"),
                "[\"two\\nlines\",\"\\t\",\"a\\u0001\"]");
}

Test(encode, writes_null_for_what_is_absent)
{
    encode_text(&buffer, TEXT_NULL);
    encode_plain(&buffer, TEXT_NULL);
    encode_ready(&buffer, TEXT_NULL);
    encode_boolean(&buffer, TEXT_NULL);
    encode_timestamp(&buffer, TEXT_NULL);
    encode_list(&buffer, TEXT_NULL);
    expect("nullnullnullnullnullnull");
}

Test(encode, turns_t_and_f_into_booleans)
{
    encode_boolean(&buffer, TEXT("t"));
    encode_boolean(&buffer, TEXT("f"));
    expect("truefalse");
}

Test(encode, splices_what_is_json_already)
{
    encode_ready(&buffer, TEXT("[\"a\", \"b\"]"));
    expect("[\"a\", \"b\"]");
}

Test(encode, takes_white_space_out_of_json_but_not_out_of_its_texts)
{
    encode_compact(&buffer,
                   TEXT("{\"a \": [1, 2.50, \"x, \\\" : \\\\\" , null],\r\n"
                        "\t\"b\" : {} }"));
    expect("{\"a \":[1,2.50,\"x, \\\" : \\\\\",null],\"b\":{}}");
    encode_compact(&buffer, TEXT("\"\""));
    encode_compact(&buffer, TEXT_NULL);
    expect("\"\"null");
}

Test(encode, pads_the_fraction_of_a_time_to_six_digits)
{
    encode_timestamp(&buffer, TEXT("2026-11-21 08:30:00.123456+00"));
    expect("\"2026-11-21T08:30:00.123456Z\"");
    encode_timestamp(&buffer, TEXT("2026-11-21 08:30:00.12+00"));
    expect("\"2026-11-21T08:30:00.120000Z\"");
    encode_timestamp(&buffer, TEXT("0001-01-01 00:00:00+00"));
    expect("\"0001-01-01T00:00:00.000000Z\"");
}

Test(encode, leaves_times_without_such_a_form_as_they_came)
{
    encode_timestamp(&buffer, TEXT("infinity"));
    expect("\"infinity\"");
    encode_timestamp(&buffer, TEXT("0044-03-15 10:00:00+00 BC"));
    expect("\"0044-03-15 10:00:00+00 BC\"");
    encode_timestamp(&buffer, TEXT("10000-01-01 00:00:00+00"));
    expect("\"10000-01-01 00:00:00+00\"");
    encode_timestamp(&buffer, TEXT("2026-11-21 08:30:00+02"));
    expect("\"2026-11-21 08:30:00+02\"");
}

Test(encode, marks_a_full_buffer_instead_of_writing_half_a_text)
{
    buffer.limit = 8;
    encode_text(&buffer, TEXT("0123456789"));
    cr_expect(buffer_overflown(&buffer));
    cr_expect_eq(buffer.len, 0);
}

Test(encode, grows_the_buffer_where_a_value_has_no_room)
{
    static char text[1000];

    memset(text, 'x', sizeof(text));
    for (size_t len = 0; len < sizeof(text); len += 7) {
        CLEANUP(buffer_fini) struct buffer fresh = { .limit = 1 << 20 };

        encode_text(&fresh, TEXT("first"));
        encode_text(&fresh, text_from(text, len));
        encode_plain(&fresh, text_from(text, len));
        encode_ready(&fresh, text_from(text, len));
        cr_expect_eq(fresh.len, 7 + 3 * len + 4);
        cr_expect_eq(fresh.at[7 + len + 1], '"');
    }
}
