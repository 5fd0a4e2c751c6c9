/* SPDX-License-Identifier: MIT */
/* Near cache, Redis and replicas, each switched by itself: whatever is on, the
 * answers are the same. */
#include "wire/house.h"

enum { SWITCHES = 3, COMBINATIONS = 1 << SWITCHES, ANSWER_BYTES = 8192 };

static const char redis_hits[] =
    "portcullis_cache_requests_total{layer=\"redis\",result=\"hit\"} ";

/* Bit by bit. */
static const char *const switches[SWITCHES][2] = {
    { "--near-cache=off", "--near-cache=on" },
    { "--redis-cache=off", "--redis-cache=on" },
    { "--replicas=off", "--replicas=on" },
};

struct answers {
    char one[ANSWER_BYTES], list[ANSWER_BYTES], none[ANSWER_BYTES];
};

/* Status, ETag and body of what is asked for several times. */
static void ask_for(const char *path, char ret_answer[static ANSWER_BYTES])
{
    for (int i = 0; i < 3; i++) {
        struct answer answer;
        struct wire wire;
        struct text tag;

        wire_open(&wire);
        answer =
            wire_step(&wire, &(struct step){ .request = arena_format(
                                                 &wire.arena, "GET %s", path),
                                             .as_admin = true });
        tag = answer_header(&answer, "ETag");
        if (answer.status != 200) /* a problem names its own request */
            answer.body = TEXT("");
        snprintf(ret_answer, ANSWER_BYTES, "%d %.*s %.*s", answer.status,
                 TEXT_ARG(tag), TEXT_ARG(answer.body));
        wire_close(&wire);
    }
}

static void expect_same(const struct answers *all, int i)
{
    cr_expect_str_eq(all[i].one, all[0].one, "%d", i);
    cr_expect_str_eq(all[i].list, all[0].list, "%d", i);
    cr_expect_str_eq(all[i].none, all[0].none, "%d", i);
}

static void ask_all(const char *path, struct answers *ret_answers)
{
    char list[PATH_BYTES + 16], none[PATH_BYTES], id[UUID_TEXT_BYTES];

    snprintf(list, sizeof(list), "/v1/bills?id=%s", strrchr(path, '/') + 1);
    uuid_format(uuid_v7(), id);
    snprintf(none, sizeof(none), "/v1/bills/%s", id);
    ask_for(path, ret_answers->one);
    ask_for(list, ret_answers->list);
    ask_for(none, ret_answers->none);
}

static void play(const char *redis_url, int which, const char *path,
                 struct answers *ret_answers)
{
    char url[160], get[PATH_BYTES + 8];
    const char *flags[SWITCHES + 3] = { url, "--log-level=error" };
    struct own_service own;
    char at[128];

    snprintf(url, sizeof(url), "--redis-url=%s", redis_url);
    snprintf(get, sizeof(get), "GET %s", path);
    for (int i = 0; i < SWITCHES; i++)
        flags[2 + i] = switches[i][which >> i & 1];
    own = own_service_start_with(flags, STDERR_FILENO);
    snprintf(at, sizeof(at), "%s", getenv("SERVICE_URL"));
    if (which & 2) /* where caches are on they answer */
        wait_for(at, get, which & 1 ? NEAR_HITS : redis_hits);
    else
        cr_expect_eq(counted(at, redis_hits), 0);
    ask_all(path, ret_answers);
    if (!(which & 1))
        cr_expect_eq(counted(at, NEAR_HITS), 0);
    own_service_stop(&own);
}

Test(switches, each_by_itself_and_the_answers_are_the_same, .timeout = 300)
{
    static struct answers all[COMBINATIONS];
    char path[PATH_BYTES], shared[128];
    struct own_redis redis;
    struct wire wire;

    snprintf(shared, sizeof(shared), "%s", getenv("SERVICE_URL"));
    own_redis_start(&redis);
    wire_open(&wire);
    snprintf(path, sizeof(path), "/v1/bills/%s", made_bill(&wire, ""));
    wire_close(&wire);
    for (int i = 0; i < COMBINATIONS; i++) {
        turn_to(shared);
        play(redis.url, i, path, &all[i]);
        expect_same(all, i);
    }
    cr_expect(strncmp(all[0].one, "200 \"", 5) == 0, "%s", all[0].one);
    cr_expect(strncmp(all[0].list, "200 ", 4) == 0 && strstr(all[0].list, "[{"),
              "%s", all[0].list);
    cr_expect(strncmp(all[0].none, "404 ", 4) == 0, "%s", all[0].none);
    own_redis_end(&redis);
    turn_to(shared);
}
