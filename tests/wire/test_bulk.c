/* SPDX-License-Identifier: MIT */
/*
 * Bills out and in by the thousand, as a client of the service sees it. One
 * test at a time: who streams is one of few, and one more is told to come
 * again.
 */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/id.h"
#include "support/one_at_a_time.h"
#include "support/wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define IMPORT "/v1/bills/import"
#define NDJSON "Content-Type: application/x-ndjson\r\n"

enum {
    BODY_BYTES_MAX = 256 * 1024 * 1024,
    MANY = 20000,
    SUMMARY_BYTES = 2400, /* of each of the many */
    /* what the service may grow by meanwhile: far less than they are together
     */
    GROWTH_KIB_MAX = 36 * 1024,
    ANSWER_S = 20,
};

/* Each test's bills have a session of their own. */
struct session {
    char at[20];
};

static struct session new_session(void)
{
    struct session session;
    uint64_t chance;

    random_bytes(&chance, sizeof(chance));
    snprintf(session.at, sizeof(session.at), "b%016llx",
             (unsigned long long)chance);
    return session;
}

static void add_bill(struct buffer *lines, struct session session,
                     unsigned number, const char *more)
{
    buffer_add_format(lines,
                      "{\"session\":\"%s\",\"type\":\"hr\",\"number\":%u,"
                      "\"chamber\":\"house\",\"title\":\"Bill %u\","
                      "\"introduced_on\":\"2026-02-28\"%s}\n",
                      session.at, number, number, more);
}

/* --- asking --------------------------------------------------------------- */

static struct answer send_lines(struct wire *wire, struct text lines,
                                const char *headers)
{
    struct buffer head;

    wire->method = "POST";
    wire->path = IMPORT;
    buffer_init(&head, 4096);
    buffer_add_format(&head,
                      "POST " IMPORT " HTTP/1.1\r\nHost: test\r\n" NDJSON
                      "Authorization: Bearer %s\r\nContent-Length: %zu\r\n"
                      "%s\r\n",
                      getenv("ADMIN_TOKEN"), lines.len, headers);
    wire_send(wire, buffer_text(&head));
    wire_send(wire, lines);
    buffer_fini(&head);
    return wire_read(wire, false);
}

static struct answer export(struct wire *wire, struct session session,
                            const char *more)
{
    return wire_step(
        wire,
        &(struct step){ .request = arena_format(
                            &wire->arena, "GET /v1/bills/export?session=%s%s",
                            session.at, more) });
}

/* The counts stand at the front of the answer. */
static void expect_counts(const struct answer *answer, unsigned received,
                          unsigned created, unsigned updated,
                          unsigned unchanged, unsigned failed)
{
    char wanted[160];

    snprintf(wanted, sizeof(wanted),
             "{\"received\":%u,\"created\":%u,\"updated\":%u,"
             "\"unchanged\":%u,\"failed\":%u,\"errors\":[",
             received, created, updated, unchanged, failed);
    cr_expect_eq(answer->status, 200);
    cr_expect(answer_has(answer, wanted), "no %s in\n%.*s", wanted,
              TEXT_ARG(answer->body));
}

static void expect_body(const struct answer *answer, const char *body)
{
    cr_expect_eq(answer->status, 200);
    cr_expect(text_is(answer->body, body), "%.*s\nis not\n%s",
              TEXT_ARG(answer->body), body);
}

static size_t count_lines(struct text body)
{
    struct text line;
    size_t count = 0;

    while (text_cut(&body, '\n', &line))
        count += line.len > 0;
    return count;
}

/* --- there and back ------------------------------------------------------- */

Test(bulk, what_was_exported_changes_nothing_when_it_comes_back)
{
    struct session session = new_session();
    struct answer first, exported, again;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    for (unsigned i = 1; i <= 300; i++)
        add_bill(&lines, session, i,
                 i % 3 ? ""
                       : ",\"summary\":\"žluťoučký 🐎 \\u2028 \\\"q\\\"\","
                         "\"subjects\":[\"Élan\",\"b,c\",\"\"],"
                         "\"url\":\"https://example.org/\"");
    first = send_lines(&wire, buffer_text(&lines), "");
    expect_counts(&first, 300, 300, 0, 0, 0);
    exported = export(&wire, session, "");
    cr_expect_eq(count_lines(exported.body), 300);
    cr_expect(text_is(answer_header(&exported, "Content-Type"),
                      "application/x-ndjson"));
    cr_expect(text_is(answer_header(&exported, "Content-Disposition"),
                      "attachment; filename=\"bills.ndjson\""));
    again = send_lines(&wire, exported.body, "");
    expect_counts(&again, 300, 0, 0, 300, 0);
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, a_line_of_an_export_is_the_object_itself)
{
    struct session session = new_session();
    struct answer exported, one;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    add_bill(&lines, session, 7, ",\"subjects\":[\"a\"]");
    send_lines(&wire, buffer_text(&lines), "");
    exported = export(&wire, session, "");
    one = wire_step(
        &wire, &(struct step){ .request = arena_format(
                                   &wire.arena, "GET /v1/bills/%.*s", 36,
                                   exported.body.at + strlen("{\"id\":\"")) });
    cr_expect_eq(one.status, 200);
    cr_expect_eq(exported.body.len, one.body.len + 1);
    cr_expect(text_equal(text_from(exported.body.at, one.body.len), one.body));
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, a_change_is_an_update_and_keeps_the_id)
{
    struct session session = new_session();
    struct answer before, changed, after;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    add_bill(&lines, session, 1, ",\"summary\":\"old\"");
    add_bill(&lines, session, 2, "");
    send_lines(&wire, buffer_text(&lines), "");
    before = export(&wire, session, "&fields=id&sort=number");
    buffer_clear(&lines);
    add_bill(&lines, session, 1, "");
    add_bill(&lines, session, 2, "");
    add_bill(&lines, session, 3, ",\"status\":\"enacted\"");
    changed = send_lines(&wire, buffer_text(&lines), "");
    expect_counts(&changed, 3, 1, 1, 1, 0);
    after = export(&wire, session, "&fields=id&sort=number");
    cr_expect(
        text_equal(text_from(after.body.at, before.body.len), before.body));
    after = export(&wire, session, "&fields=status,summary&sort=number");
    expect_body(&after, "{\"summary\":null,\"status\":\"introduced\"}\n"
                        "{\"summary\":null,\"status\":\"introduced\"}\n"
                        "{\"summary\":null,\"status\":\"enacted\"}\n");
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, of_two_lines_about_one_bill_the_last_is_taken)
{
    struct session session = new_session();
    struct answer answer;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    add_bill(&lines, session, 1, ",\"policy_area\":\"first\"");
    add_bill(&lines, session, 1, ",\"policy_area\":\"second\"");
    answer = send_lines(&wire, buffer_text(&lines), "");
    expect_counts(&answer, 2, 1, 0, 1, 0);
    answer = export(&wire, session, "&fields=policy_area");
    expect_body(&answer, "{\"policy_area\":\"second\"}\n");
    buffer_fini(&lines);
    wire_close(&wire);
}

/* --- what is exported ----------------------------------------------------- */

Test(bulk, an_export_takes_filters_order_and_members)
{
    struct session session = new_session();
    struct answer answer;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    for (unsigned i = 1; i <= 9; i++)
        add_bill(&lines, session, i, i % 2 ? ",\"status\":\"failed\"" : "");
    send_lines(&wire, buffer_text(&lines), "");
    answer = export(&wire, session,
                    "&number_gte=3&status=failed&sort=-number&fields=number");
    expect_body(&answer, "{\"number\":9}\n{\"number\":7}\n{\"number\":5}\n"
                         "{\"number\":3}\n");
    answer = export(&wire, session,
                    "&filter=%7B%22number%22%3A4%7D"
                    "&fields=title,number&format=csv");
    expect_body(&answer, "number,title\r\n4,Bill 4\r\n");
    answer = export(&wire, session, "&number=77");
    expect_body(&answer, "");
    answer = export(&wire, session, "&number=77&format=csv&fields=id");
    expect_body(&answer, "id\r\n");
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, csv_quotes_what_must_be_quoted)
{
    struct session session = new_session();
    struct answer answer;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    add_bill(&lines, session, 1,
             ",\"short_title\":\"a \\\"b\\\", c\","
             "\"official_title\":\"one\\r\\ntwo\",\"summary\":\"\","
             "\"policy_area\":\"Größe 🐎; x\",\"subjects\":[\"b,c\",\"\\\"\"]");
    send_lines(&wire, buffer_text(&lines), "");
    answer = export(&wire, session,
                    "&format=csv&fields=short_title,official_title,summary,"
                    "policy_area,subjects,introduced_on,url,number");
    expect_body(&answer,
                "number,short_title,official_title,summary,policy_area,"
                "subjects,introduced_on,url\r\n"
                "1,\"a \"\"b\"\", c\",\"one\r\ntwo\",\"\",Größe 🐎; x,"
                "\"[\"\"b,c\"\",\"\"\\\"\"\"\"]\",2026-02-28,\r\n");
    cr_expect(text_is(answer_header(&answer, "Content-Type"),
                      "text/csv; charset=utf-8"));
    cr_expect(text_is(answer_header(&answer, "Content-Disposition"),
                      "attachment; filename=\"bills.csv\""));
    buffer_fini(&lines);
    wire_close(&wire);
}

SCENARIO(
    bulk, an_export_refuses_what_it_cannot_do,
    { "GET /v1/bills/export?limit=5", .expect = 400,
      .code = "invalid_parameter", .has = "\"limit\":\"must be among format" },
    { "GET /v1/bills/export?cursor=x", .expect = 400, .has = "\"cursor\":" },
    { "GET /v1/bills/export?offset=0", .expect = 400, .has = "\"offset\":" },
    { "GET /v1/bills/export?_start=0", .expect = 400, .has = "\"_start\":" },
    { "GET /v1/bills/export?embed=sponsor", .expect = 400,
      .has = "\"embed\":" },
    { "GET /v1/bills/export?format=xml&colour=1", .expect = 400,
      .has = "\"format\":\"must be ndjson or csv\",\"colour\":" },
    { "GET /v1/bills/export?format=csv&format=csv", .expect = 400,
      .has = "\"repeated\"" },
    { "GET /v1/bills/export?number=x", .expect = 400, .has = "\"number\":" },
    { "GET /v1/bills/export?deleted=only", .expect = 403 },
    { "GET /v1/bills/export?deleted=only&fields=id", .as_admin = true,
      .expect = 200 },
    { "GET /v1/bills/export?format=csv&number=77&session=none",
      .headers = "Accept: application/x-ndjson\r\n", .expect = 406,
      .code = "not_acceptable" },
    { "GET /v1/bills/export?number=77&session=none",
      .headers = "Accept: text/csv;q=0.5, */*;q=0\r\n", .expect = 406 },
    { "GET /v1/bills/export?number=77&session=none",
      .headers = "Accept: application/*\r\n", .expect = 200 },
    { "HEAD /v1/bills/export", .expect = 200,
      .header = "Content-Type: application/x-ndjson" },
    { "HEAD /v1/bills/export?limit=1", .expect = 400 },
    { "POST /v1/bills/export", .as_admin = true, .expect = 405,
      .header = "Allow: GET, HEAD, OPTIONS" })

/* --- what is imported ----------------------------------------------------- */

SCENARIO(bulk, an_import_refuses_what_is_no_ndjson,
         { "POST " IMPORT, .body = "{}", .headers = NDJSON, .expect = 401 },
         { "POST " IMPORT, .body = "{}", .as_admin = true, .expect = 415,
           .code = "unsupported_media_type" },
         { "POST " IMPORT, .as_admin = true, .expect = 415 },
         { "POST " IMPORT, .body = "{}", .as_admin = true, .expect = 415,
           .headers = NDJSON "Content-Encoding: gzip\r\n" },
         { "POST " IMPORT, .body = "{}", .as_admin = true, .expect = 415,
           .headers = "Content-Type: application/x-ndjson;charset=latin1\r\n" },
         { "POST " IMPORT, .body = "", .as_admin = true, .expect = 400,
           .headers = NDJSON "Prefer: handling=strict, colour=red\r\n" },
         { "POST " IMPORT, .headers = NDJSON, .as_admin = true, .expect = 200,
           .has = "{\"received\":0,\"created\":0,\"updated\":0,\"unchanged\":0,"
                  "\"failed\":0,\"errors\":[]}" },
         { "POST " IMPORT, .body = "\n\r\n \t\n", .headers = NDJSON,
           .as_admin = true, .expect = 200, .has = "{\"received\":0," },
         { "GET " IMPORT, .expect = 405, .header = "Allow: POST, OPTIONS" })

Test(bulk, an_answer_names_every_bad_line_and_takes_the_others)
{
    struct session session = new_session();
    struct answer answer;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    add_bill(&lines, session, 1, "");
    buffer_add_string(&lines, "{nonsense}\n\n[1]\n\"\xff\"\n");
    add_bill(&lines, session, 2, ",\"colour\":\"red\"");
    add_bill(&lines, session, 0, ",\"status\":\"lost\"");
    add_bill(&lines, session, 3, ",\"number\":3");
    add_bill(&lines, session, 4, ",\"summary\":\"\\u0000\"");
    add_bill(&lines, session, 5,
             ",\"sponsor_id\":\"00000000-0000-7000-8000-000000000000\"");
    add_bill(&lines, session, 6, ",\"id\":17,\"version\":\"x\"");
    lines.len--; /* without a line end */
    answer = send_lines(&wire, buffer_text(&lines), "");
    expect_counts(&answer, 10, 2, 0, 0, 8);
    cr_expect(answer_has(&answer, "\"errors\":[{\"line\":2,"
                                  "\"code\":\"malformed_json\""));
    cr_expect(answer_has(&answer, "{\"line\":4,"));
    cr_expect(answer_has(&answer, "{\"line\":5,\"code\":\"malformed_json\""));
    cr_expect(answer_has(&answer, "{\"line\":6,\"code\":\"unknown_field\","
                                  "\"detail\":\"/colour: "));
    cr_expect(answer_has(&answer, "{\"line\":7,\"code\":\"out_of_range\","
                                  "\"detail\":\"/number: must be 1 to "
                                  "2147483647; /status: "));
    cr_expect(answer_has(&answer, "{\"line\":8,\"code\":\"malformed_json\""));
    cr_expect(answer_has(&answer, "{\"line\":9,\"code\":\"nul\""));
    cr_expect(answer_has(&answer, "{\"line\":10,\"code\":\"unknown_reference\","
                                  "\"detail\":\"/sponsor_id: "));
    answer = export(&wire, session, "&fields=number&sort=number");
    expect_body(&answer, "{\"number\":1}\n{\"number\":6}\n");
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, a_hundred_bad_lines_are_told_and_all_are_counted)
{
    struct answer answer;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    for (unsigned i = 0; i < 1000; i++)
        buffer_add_string(&lines, "x\n");
    answer = send_lines(&wire, buffer_text(&lines), "");
    expect_counts(&answer, 1000, 0, 0, 0, 1000);
    cr_expect(answer_has(&answer, "{\"line\":100,"));
    cr_expect_not(answer_has(&answer, "{\"line\":101,"));
    answer =
        send_lines(&wire, buffer_text(&lines), "Prefer: handling=strict\r\n");
    cr_expect_eq(answer.status, 422);
    cr_expect(answer_has(&answer, "1000 of 1000 lines are invalid"));
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, a_line_that_is_too_long_is_that_lines_fault)
{
    struct session session = new_session();
    struct answer answer;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    for (unsigned i = 0; i < (1 << 20) + 1; i++)
        buffer_add_byte(&lines, '[');
    buffer_add_byte(&lines, '\n');
    add_bill(&lines, session, 1, "");
    answer = send_lines(&wire, buffer_text(&lines), "");
    expect_counts(&answer, 2, 1, 0, 0, 1);
    cr_expect(answer_has(&answer, "{\"line\":1,\"code\":\"too_long\","));
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, a_strict_import_keeps_all_or_nothing)
{
    struct session session = new_session();
    struct answer answer;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    add_bill(&lines, session, 1, "");
    add_bill(&lines, session, 2, ",\"status\":\"lost\"");
    answer =
        send_lines(&wire, buffer_text(&lines), "Prefer: handling=strict\r\n");
    cr_expect_eq(answer.status, 422);
    cr_expect(answer_has(&answer, "\"code\":\"validation\""));
    cr_expect(answer_has(&answer, "1 of 2 lines are invalid"));
    cr_expect(answer_has(&answer, "{\"pointer\":\"line 2\","
                                  "\"code\":\"not_allowed\""));
    answer = export(&wire, session, "");
    expect_body(&answer, "");
    lines.len = 0;
    add_bill(&lines, session, 1, "");
    answer =
        send_lines(&wire, buffer_text(&lines), "Prefer: handling=strict\r\n");
    expect_counts(&answer, 1, 1, 0, 0, 0);
    cr_expect(text_is(answer_header(&answer, "Preference-Applied"),
                      "handling=strict"));
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, a_deleted_bill_is_not_the_one_that_a_line_means)
{
    struct session session = new_session();
    struct answer answer;
    struct buffer lines;
    struct wire wire;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    add_bill(&lines, session, 1, "");
    send_lines(&wire, buffer_text(&lines), "");
    answer = export(&wire, session, "&fields=id");
    answer = wire_step(
        &wire, &(struct step){ .request = arena_format(
                                   &wire.arena, "DELETE /v1/bills/%.*s", 36,
                                   answer.body.at + strlen("{\"id\":\"")),
                               .as_admin = true });
    cr_assert_eq(answer.status, 200);
    answer = send_lines(&wire, buffer_text(&lines), "");
    expect_counts(&answer, 1, 1, 0, 0, 0);
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, lines_may_come_in_any_pieces)
{
    struct session session = new_session();
    struct answer answer;
    struct buffer lines;
    struct wire wire;
    struct text rest;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    add_bill(&lines, session, 1, ",\"title\":\"žluťoučký\"");
    buffer_clear(&lines);
    add_bill(&lines, session, 1, ",\"summary\":\"žluťoučký 🐎\"");
    add_bill(&lines, session, 2, "");
    rest = buffer_text(&lines);
    wire_send_string(&wire, arena_format(&wire.arena,
                                         "POST " IMPORT " HTTP/1.1\r\n"
                                         "Host: test\r\n" NDJSON
                                         "Authorization: Bearer %s\r\n"
                                         "Transfer-Encoding: chunked\r\n\r\n",
                                         getenv("ADMIN_TOKEN")));
    while (rest.len > 0) {
        size_t len = rest.len < 3 ? rest.len : 3;

        wire_send_string(&wire, arena_format(&wire.arena, "%zx\r\n%.*s\r\n",
                                             len, (int)len, rest.at));
        rest = text_skip(rest, len);
    }
    wire_send_string(&wire, "0\r\n\r\n");
    answer = wire_read(&wire, false);
    expect_counts(&answer, 2, 2, 0, 0, 0);
    buffer_fini(&lines);
    wire_close(&wire);
}

/* --- many ----------------------------------------------------------------- */

/* A line of /proc/PID/status, in KiB. */
static long service_kib(const char *what)
{
    char path[64], line[256];
    long kib = -1;
    FILE *file;

    cr_assert_not_null(getenv("SERVICE_PID"), "run me by ./dev test");
    snprintf(path, sizeof(path), "/proc/%s/status", getenv("SERVICE_PID"));
    file = fopen(path, "re");
    cr_assert_not_null(file);
    while (kib < 0 && fgets(line, sizeof(line), file))
        if (text_starts_with(text_of(line), what))
            kib = strtol(line + strlen(what), NULL, 10);
    fclose(file);
    return kib;
}

static void add_many(struct buffer *lines, struct session session)
{
    char more[SUMMARY_BYTES + 32] = ",\"summary\":\"";
    size_t at = strlen(more);

    memset(more + at, 'x', SUMMARY_BYTES);
    memcpy(more + at + SUMMARY_BYTES, "\"", 2);
    for (unsigned i = 1; i <= MANY; i++)
        add_bill(lines, session, i, more);
}

/* Starts an export, and reads no more than its first bytes. */
static void begin_export(struct wire *wire, struct session session)
{
    wire_send_string(wire, arena_format(&wire->arena,
                                        "GET /v1/bills/export?session=%s"
                                        "&sort=number HTTP/1.1\r\n"
                                        "Host: test\r\n\r\n",
                                        session.at));
    cr_assert(wire_wait_for(wire, 4096));
}

static void expect_snapshot(struct session session)
{
    struct answer answer, made;
    struct buffer line;
    struct wire slow, writer;

    wire_open(&slow);
    wire_open(&writer);
    buffer_init(&line, 4096);
    begin_export(&slow, session);
    add_bill(&line, session, MANY + 1, "");
    made = send_lines(&writer, buffer_text(&line), "");
    expect_counts(&made, 1, 1, 0, 0, 0);
    answer = wire_read(&slow, false);
    cr_expect_eq(answer.status, 200);
    cr_expect_not(answer.cut);
    cr_expect_eq(count_lines(answer.body), MANY);
    buffer_fini(&line);
    wire_close(&slow);
    wire_close(&writer);
}

/* Those who leave free their connections: there are fewer than that many. */
static void expect_room_after_leaving(struct session session)
{
    uint64_t until = clock_monotonic_ns() + ANSWER_S * NS_PER_S;
    int status = 0;

    for (unsigned i = 0; i < 20; i++) {
        struct wire wire;

        wire_open(&wire);
        wire_send_string(&wire, "GET /v1/bills/export HTTP/1.1\r\n"
                                "Host: test\r\n\r\n");
        cr_assert(wire_wait_for(&wire, 1024));
        wire_close(&wire);
    }
    while (status != 200 && clock_monotonic_ns() < until) {
        struct wire wire;

        wire_open(&wire);
        status = export(&wire, session, "&number_lte=2&fields=number").status;
        wire_close(&wire);
    }
    cr_expect_eq(status, 200);
}

Test(bulk, thousands_of_lines_take_no_memory_either_way)
{
    struct session session = new_session();
    struct answer answer, exported;
    struct buffer lines;
    struct wire wire;
    long before, grown;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    add_many(&lines, session);
    before = service_kib("VmRSS:");
    answer = send_lines(&wire, buffer_text(&lines), "");
    expect_counts(&answer, MANY, MANY, 0, 0, 0);
    exported = export(&wire, session, "");
    cr_expect_eq(count_lines(exported.body), MANY);
    answer = send_lines(&wire, exported.body, "");
    expect_counts(&answer, MANY, 0, 0, MANY, 0);
    grown = service_kib("VmRSS:") - before;
    cr_expect_lt(grown, GROWTH_KIB_MAX, "the service grew by %ld KiB over %zu",
                 grown, lines.len / 1024);
    expect_snapshot(session);
    expect_room_after_leaving(session);
    buffer_fini(&lines);
    wire_close(&wire);
}

Test(bulk, who_leaves_in_the_middle_of_an_import_leaves_nothing)
{
    struct session session = new_session();
    struct answer answer;
    struct buffer lines;
    struct wire wire, other;

    wire_open(&wire);
    buffer_init(&lines, BODY_BYTES_MAX);
    for (unsigned i = 1; i <= 5000; i++)
        add_bill(&lines, session, i, "");
    wire_send_string(&wire, arena_format(&wire.arena,
                                         "POST " IMPORT
                                         " HTTP/1.1\r\nHost: test\r\n" NDJSON
                                         "Authorization: Bearer %s\r\n"
                                         "Content-Length: 100000000\r\n\r\n",
                                         getenv("ADMIN_TOKEN")));
    wire_send(&wire, buffer_text(&lines));
    wire_close(&wire);
    /* there is room for another only when that one is over */
    buffer_clear(&lines);
    add_bill(&lines, session, 1, "");
    wire_open(&other);
    answer = send_lines(&other, buffer_text(&lines), "");
    for (int tries = 0; answer.status == 503 && tries < 200; tries++) {
        wire_close(&other);
        usleep(50000);
        wire_open(&other);
        answer = send_lines(&other, buffer_text(&lines), "");
    }
    expect_counts(&answer, 1, 1, 0, 0, 0);
    answer = export(&other, session, "&fields=number");
    expect_body(&answer, "{\"number\":1}\n");
    buffer_fini(&lines);
    wire_close(&other);
}
