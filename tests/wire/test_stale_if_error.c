/* SPDX-License-Identifier: MIT */
/*
 * `Consistency: any` when the database fails: what caches still hold stands in,
 * but never what was marked, and for nobody else. The table of bills is locked,
 * so that every read of it comes to its deadline.
 */
#include "support/held.h"
#include "wire/authorizing.h"
#include "wire/house.h"

static const char any[] = "Consistency: any\r\nRequest-Timeout: 1000\r\n";
static const char bounded[] =
    "Consistency: bounded; max-age=60000\r\nRequest-Timeout: 1000\r\n";

static const char near_stand_ins[] = "portcullis_cache_requests_total{layer="
                                     "\"near\",result=\"stale_if_error\"} ";
static const char list_stand_ins[] =
    "portcullis_cache_list_requests_total{layer=\"near\","
    "result=\"stale_if_error\"} ";

static struct held lock_bills(void)
{
    return held_begin("LOCK TABLE bills IN ACCESS EXCLUSIVE MODE");
}

/* Of a GET that asked for any: did what a cache holds stand in for an error? */
static bool stood_in(const struct answer *answer)
{
    struct text status = answer_header(answer, "Cache-Status");

    return text_starts_with(status, "portcullis; fwd=stale; fwd-status=50");
}

static void expect_told(const struct answer *answer)
{
    cr_expect_eq(answer->status, 200);
    cr_expect(!text_is_null(answer_header(answer, "Age")), "%.*s",
              TEXT_ARG(answer->head));
    cr_expect(answer_has(answer, "\"title\":\"A bill\""));
}

/*
 * A slow machine's heartbeats may come so late that all is forgotten, and what
 * is locked is not remembered again: then once more.
 */
static void expect_stand_in(struct house *house, const char *get,
                            const char *hits, const char *counter)
{
    bool stood = false;

    for (int i = 0; i < ROUNDS && !stood; i++) {
        struct answer answer;
        struct wire wire;
        struct held held;

        wait_for(house->urls[0], get, hits);
        held = lock_bills();
        wire_open(&wire);
        answer = ask(&wire, get, any, NULL);
        stood = stood_in(&answer);
        if (stood)
            expect_told(&answer);
        held_end(&held);
        wire_close(&wire);
    }
    cr_assert(stood, "%s is never answered", get);
    cr_expect_gt(counted(house->urls[0], counter), 0, "%s", counter);
}

Test(stale_if_error, what_is_remembered_stands_in_where_any_was_asked_for,
     .timeout = 600)
{
    char path[PATH_BYTES], person[PATH_BYTES], get_one[PATH_BYTES + 8],
        list[PATH_BYTES + 32];
    struct house house;

    house_open(&house);
    make_them(&house, path, person);
    snprintf(get_one, sizeof(get_one), "GET %s", path);
    snprintf(list, sizeof(list), "GET /v1/bills?id=%s", strrchr(path, '/') + 1);
    expect_stand_in(&house, get_one, NEAR_HITS, near_stand_ins);
    expect_stand_in(&house, list, NEAR_LIST_HITS, list_stand_ins);
    house_close(&house);
}

/* Errors, as without caches: 503 or 504. */
static void expect_error(struct wire *wire, const char *request,
                         const char *headers)
{
    struct answer answer = ask(wire, request, headers, NULL);

    cr_expect_geq(answer.status, 503, "%s%s: %d", headers, request,
                  answer.status);
}

static struct answer ask_any_as(struct wire *wire, const char *request,
                                const char *token)
{
    const char *headers =
        SAY(wire, "%sAuthorization: Bearer %s\r\n", any, token);

    return wire_step(wire,
                     &(struct step){ .request = request, .headers = headers });
}

Test(stale_if_error, nobody_else_is_answered_so, .timeout = 600)
{
    char path[PATH_BYTES], unknown[PATH_BYTES], person[PATH_BYTES],
        get_one[PATH_BYTES + 8];
    struct signed_in denied;
    struct answer answer;
    struct house house;
    struct held held;
    struct wire wire;

    house_open(&house);
    make_them(&house, unknown, person);
    make_them(&house, path, person);
    snprintf(get_one, sizeof(get_one), "GET %s", path);
    wire_open(&wire);
    denied = sign_in(&wire, NULL);
    give_directly(&wire, &denied, "bills:read", "deny");
    answer = ask(&wire, SAY(&wire, "PATCH %s", unknown), NULL,
                 "{\"title\":\"Another\"}");
    cr_assert_eq(answer.status, 200);
    wait_for_caches(house.urls[0], get_one);
    held = lock_bills();
    expect_error(&wire, get_one, bounded);
    expect_error(&wire, SAY(&wire, "%s?fields=title", get_one), any);
    expect_error(&wire, get_one,
                 SAY(&wire, "%sConsistency-Token: %.*s\r\n", any,
                     TEXT_ARG(answer_header(&answer, "Consistency-Token"))));
    answer = ask_any_as(&wire, get_one, denied.token);
    cr_expect_eq(answer.status, 403, "%d", answer.status);
    answer = ask_any_as(&wire, get_one, "nobody");
    cr_expect_eq(answer.status, 401, "%d", answer.status);
    held_end(&held);
    wire_close(&wire);
    house_close(&house);
}

/* Either what Redis has of the write, which is told, or the error. */
static bool gives_new(const char *url, const char *get)
{
    struct answer answer;
    struct wire wire;
    bool given;

    turn_to(url);
    wire_open(&wire);
    answer = ask(&wire, get, any, NULL);
    given = answer.status == 200;
    cr_expect(given ? answer_has(&answer, "\"title\":\"New\"")
                    : answer.status >= 503,
              "%.*s%.*s", TEXT_ARG(answer.head), TEXT_ARG(answer.body));
    wire_close(&wire);
    return given;
}

Test(stale_if_error, what_a_write_elsewhere_has_marked_is_never_given,
     .timeout = 600)
{
    char path[PATH_BYTES], person[PATH_BYTES], get_one[PATH_BYTES + 8],
        list[PATH_BYTES + 32], patch[PATH_BYTES + 8];
    struct house house;
    bool given = false;

    house_open(&house);
    make_them(&house, path, person);
    snprintf(get_one, sizeof(get_one), "GET %s", path);
    snprintf(patch, sizeof(patch), "PATCH %s", path);
    snprintf(list, sizeof(list), "GET /v1/bills?id=%s", strrchr(path, '/') + 1);
    for (int i = 0; i < ROUNDS && !given; i++) {
        struct held held;

        cr_assert_eq(
            ask_at(house.urls[0], patch, "{\"title\":\"Old\"}", NULL, 0), 200);
        wait_for(house.urls[1], list, NEAR_LIST_HITS);
        wait_for_caches(house.urls[1], get_one);
        cr_assert_eq(
            ask_at(house.urls[0], patch, "{\"title\":\"New\"}", NULL, 0), 200);
        held = lock_bills();
        cr_expect_not(gives_new(house.urls[1], list), "nobody has read it");
        given = gives_new(house.urls[1], get_one);
        held_end(&held);
    }
    cr_expect(given, "Redis never gives what was written");
    house_close(&house);
}
