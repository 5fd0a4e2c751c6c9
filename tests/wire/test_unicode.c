/* SPDX-License-Identifier: MIT */
/* Text of every kind goes in and comes out as it is, and filters find it. */
#include "made.h"

/* As raw UTF-8, and as JSON escapes where those say something else. */
static const struct sample {
    char name[16], raw[64], escaped[64];
} samples[] = {
    { "NFC", "Zo\xC3\xA9", "Zo\\u00e9" },
    { "NFD", "Zoe\xCC\x81", "Zoe\\u0301" },
    { "right to left", "שלום عالم", "" },
    { "emoji", "👩🏽‍🚀 🐎", "" },
    { "four bytes", "\xF0\x9D\x84\x9E", "\\uD834\\uDD1E" },
    { "last one", "x\xF4\x8F\xBF\xBF", "x\\udbff\\udfff" },
    { "separators",
      "a\xE2\x80\xA8"
      "b\xE2\x80\xA9"
      "c",
      "a\\u2028b\\u2029c" },
    { "mark", "\xEF\xBB\xBFx", "\\ufeffx" },
    { "sharp s", "Straße İı", "" },
    { "wild cards", "100%_of*'it;--", "" },
    { "commas", "a,b, c", "" },
    { "no break",
      "a\xC2\xA0\xE2\x80\x8B"
      "b",
      "" },
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static const char *titled(struct wire *wire, const char *session,
                          const char *title)
{
    return SAY(wire,
               "{\"session\":\"%s\",\"type\":\"hr\",\"number\":1,"
               "\"chamber\":\"house\",\"title\":\"%s\","
               "\"subjects\":[\"%s\"],\"introduced_on\":\"2026-02-28\"}",
               session, title, title);
}

static void expect_title(const struct answer *answer, int status,
                         const struct sample *sample)
{
    cr_expect_eq(answer->status, status, "%s: %.*s", sample->name,
                 TEXT_ARG(answer->body));
    cr_expect(text_is(member(answer, "title"), sample->raw), "%s: %.*s",
              sample->name, TEXT_ARG(answer->body));
}

Test(unicode, comes_back_as_it_went_in)
{
    struct wire wire;

    wire_open(&wire);
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *s = &samples[i];
        const char *session = some_key(&wire), *path;
        struct answer answer =
            post(&wire, "/v1/bills", titled(&wire, session, s->raw));

        expect_title(&answer, 201, s);
        path = SAY(&wire, "%.*s", TEXT_ARG(answer_header(&answer, "Location")));
        answer = get(&wire, path);
        expect_title(&answer, 200, s);
        EXPECT(put(&wire, path, titled(&wire, session, "other")), 200, NULL);
        answer = put(&wire, path,
                     titled(&wire, session, *s->escaped ? s->escaped : s->raw));
        expect_title(&answer, 200, s);
        answer = get(&wire, path);
        expect_title(&answer, 200, s);
    }
    wire_close(&wire);
}

/* How many of the session's bills this filter finds: 0, 1 or more. */
static size_t found(struct wire *wire, const char *session, const char *filter)
{
    struct answer answer = ask(
        wire, SAY(wire, "GET /v1/bills?session=%s&limit=1&%s", session, filter),
        "Prefer: count=exact\r\n", NULL);
    int64_t total = -1;

    cr_expect_eq(answer.status, 200, "%s: %.*s", filter, TEXT_ARG(answer.body));
    cr_expect(text_to_int64(answer_header(&answer, "X-Total-Count"), &total));
    return (size_t)total;
}

Test(unicode, filters_find_it_and_nothing_else)
{
    const char *session;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    for (size_t i = 0; i < SAMPLES; i++)
        make(&wire, "bills",
             SAY(&wire,
                 "{\"session\":\"%s\",\"type\":\"hr\",\"number\":%zu,"
                 "\"chamber\":\"house\",\"title\":\"%s\","
                 "\"subjects\":[\"%s\"],\"introduced_on\":\"2026-02-28\"}",
                 session, i + 1, samples[i].raw, samples[i].raw));
    for (size_t i = 0; i < SAMPLES; i++) {
        const char *text = escaped(&wire, samples[i].raw);

        cr_expect_eq(found(&wire, session, SAY(&wire, "title=%s", text)), 1,
                     "title: %s", samples[i].name);
        cr_expect_eq(found(&wire, session, SAY(&wire, "title_like=%s", text)),
                     1, "title_like: %s", samples[i].name);
        cr_expect_eq(found(&wire, session, SAY(&wire, "title_prefix=%s", text)),
                     1, "title_prefix: %s", samples[i].name);
        cr_expect_eq(found(&wire, session, SAY(&wire, "subjects=%s", text)), 1,
                     "subjects: %s", samples[i].name);
        cr_expect_eq(found(&wire, session,
                           SAY(&wire, "filter=%s",
                               escaped(&wire, SAY(&wire, "{\"title\":[\"%s\"]}",
                                                  samples[i].raw)))),
                     1, "filter: %s", samples[i].name);
    }
    wire_close(&wire);
}

Test(unicode, escapes_of_controls_come_back_as_escapes)
{
    struct answer made;
    struct wire wire;

    wire_open(&wire);
    made = post(&wire, "/v1/bills",
                titled(&wire, some_key(&wire),
                       "\\b\\f\\n\\r\\t\\u0001\\u001f\\\\\\/\\\"\x7F"));
    EXPECT(made, 201,
           "\"title\":\"\\b\\f\\n\\r\\t\\u0001\\u001f\\\\/\\\"\x7F\"");
    wire_close(&wire);
}

/* clang-format off */
#define TITLED(title) \
    "{\"session\":\"u\",\"type\":\"hr\",\"number\":1,\"chamber\":\"house\"," \
    "\"title\":\"" title "\",\"introduced_on\":\"2026-02-28\"}"

SCENARIO(unicode, what_is_none_is_refused,
    { "POST /v1/bills", .as_admin = true, .body = TITLED("\\ud834"),
      .expect = 400, .code = "malformed_json" },
    { "POST /v1/bills", .as_admin = true, .body = TITLED("\\udd1e\\ud834"),
      .expect = 400, .code = "malformed_json" },
    { "POST /v1/bills", .as_admin = true, .body = TITLED("\xC3"),
      .expect = 400, .code = "malformed_json" },
    { "POST /v1/bills", .as_admin = true, .body = TITLED("\xC0\xAF"),
      .expect = 400, .code = "malformed_json" },
    { "POST /v1/bills", .as_admin = true, .body = TITLED("\xED\xA0\x80"),
      .expect = 400, .code = "malformed_json" },
    { "POST /v1/bills", .as_admin = true, .body = TITLED("a\nb"),
      .expect = 400, .code = "malformed_json" },
    { "GET /v1/bills?title=a%00b", .expect = 400 },
    { "GET /v1/bills?title=%C3", .expect = 400 },
    { "GET /v1/bills?filter=%7B%22title%22:%22%5Cu0000%22%7D",
      .expect = 400 })
/* clang-format on */
