/* SPDX-License-Identifier: MIT */
/*
 * Near cache, Redis and replicas switched by reloads while requests come: each
 * by itself, with the same answers and nothing out of date. With standbys
 * around the service (./dev test --faults switching) the third switch matters,
 * too.
 */
#include "support/askers.h"
#include "support/configured_service.h"
#include "wire/house.h"

#include <stdatomic.h>
#include <sys/mman.h>

enum {
    SWITCHES = 3,
    COMBINATIONS = 1 << SWITCHES,
    ANSWER_BYTES = 8192,
    ASKED = 50
};

/* Bit by bit. */
static const char *const switches[SWITCHES] = { "near_cache", "redis_cache",
                                                "replicas" };

static const char redis_hits[] =
    "portcullis_cache_requests_total{layer=\"redis\",result=\"hit\"} ";

static bool is_on(int which, int i)
{
    return which >> i & 1;
}

/* --- what comes meanwhile ------------------------------------------------- */

/* What the askers' processes share. */
struct common {
    char path[PATH_BYTES];
    atomic_llong acknowledged; /* the newest version that was */
};

static struct common *common;

static long long version_in(const struct answer *answer)
{
    static const char member[] = "\"version\":";
    const char *at =
        memmem(answer->body.at, answer->body.len, member, strlen(member));

    return at ? strtoll(at + strlen(member), NULL, 10) : 0;
}

static void note_acknowledged(long long version)
{
    long long known = atomic_load(&common->acknowledged);

    while (known < version && !atomic_compare_exchange_weak(
                                  &common->acknowledged, &known, version))
        ;
}

static bool write_one(struct wire *wire)
{
    char request[PATH_BYTES + 8], body[64], key[17];
    unsigned char random[8];
    struct answer answer;

    random_bytes(random, sizeof(random));
    hex_format(random, sizeof(random), key);
    snprintf(request, sizeof(request), "PATCH %s", common->path);
    snprintf(body, sizeof(body), "{\"title\":\"%s\"}", key);
    answer = wire_step(
        wire,
        &(struct step){ .request = request, .body = body, .as_admin = true });
    if (answer.status != 200)
        return false;
    note_acknowledged(version_in(&answer));
    return true;
}

static bool read_one(struct wire *wire, const char *format, const char *what)
{
    long long acknowledged = atomic_load(&common->acknowledged);
    char request[PATH_BYTES + 32];
    struct answer answer;

    snprintf(request, sizeof(request), format, what);
    answer =
        wire_step(wire, &(struct step){ .request = request, .as_admin = true });
    return answer.status == 200 && version_in(&answer) >= acknowledged;
}

static int write_and_read(void)
{
    struct wire wire;
    int failed = 0;

    wire_open(&wire);
    failed += !write_one(&wire);
    for (int i = 0; i < 4; i++) {
        failed += !read_one(&wire, "GET %s", common->path);
        failed += !read_one(&wire, "GET /v1/bills?id=%s",
                            strrchr(common->path, '/') + 1);
    }
    wire_close(&wire);
    return failed;
}

/* --- the answers ---------------------------------------------------------- */

enum { ONE, LIST, NONE, QUESTIONS };

struct answers {
    char of[QUESTIONS][ANSWER_BYTES];
};

/* Status, ETag and body; a problem names its own request. */
static void ask_for(const char *path, char ret_answer[static ANSWER_BYTES])
{
    char request[PATH_BYTES + 32];
    struct answer answer;
    struct wire wire;
    struct text tag;

    snprintf(request, sizeof(request), "GET %s", path);
    wire_open(&wire);
    answer = wire_step(&wire,
                       &(struct step){ .request = request, .as_admin = true });
    tag = answer_header(&answer, "ETag");
    if (answer.status != 200)
        answer.body = TEXT("");
    snprintf(ret_answer, ANSWER_BYTES, "%d %.*s %.*s", answer.status,
             TEXT_ARG(tag), TEXT_ARG(answer.body));
    wire_close(&wire);
}

/* Often enough for all that is on to have its turn. */
static void expect_the_same(const char *path, int which,
                            const struct answers *expected)
{
    char list[PATH_BYTES + 16], none[PATH_BYTES], id[UUID_TEXT_BYTES];
    const char *const paths[QUESTIONS] = { path, list, none };
    static char answer[ANSWER_BYTES];

    snprintf(list, sizeof(list), "/v1/bills?id=%s", strrchr(path, '/') + 1);
    uuid_format(uuid_v7(), id);
    snprintf(none, sizeof(none), "/v1/bills/%s", id);
    for (int i = 0; i < QUESTIONS * 3; i++) {
        ask_for(paths[i % QUESTIONS], answer);
        cr_expect_str_eq(answer, expected->of[i % QUESTIONS], "%d", which);
    }
}

static void learn_answers(const char *path, struct answers *ret_answers)
{
    char list[PATH_BYTES + 16];

    snprintf(list, sizeof(list), "/v1/bills?id=%s", strrchr(path, '/') + 1);
    ask_for(path, ret_answers->of[ONE]);
    ask_for(list, ret_answers->of[LIST]);
    snprintf(ret_answers->of[NONE], ANSWER_BYTES, "404  ");
    cr_assert(strncmp(ret_answers->of[ONE], "200 \"", 5) == 0, "%s",
              ret_answers->of[ONE]);
    cr_assert(strncmp(ret_answers->of[LIST], "200 ", 4) == 0 &&
                  strstr(ret_answers->of[LIST], "[{"),
              "%s", ret_answers->of[LIST]);
}

/* --- who gave them -------------------------------------------------------- */

static long near_hits(const char *url)
{
    return counted(url, NEAR_HITS);
}

static long shared_hits(const char *url)
{
    return counted(url, redis_hits);
}

static long replica_reads(const char *url)
{
    return counted(url, "portcullis_node_reads_total{node=\"replica_1\"} ") +
           counted(url, "portcullis_node_reads_total{node=\"replica_2\"} ");
}

/* Somebody who may give an answer, and what asks for it. */
struct layer {
    const char *name;
    long (*count)(const char *url);
    const char *headers;
};

static const struct layer near_layer = { "the near cache", near_hits, NULL };
static const struct layer redis_layer = { "Redis", shared_hits, NULL };
static const struct layer replica_layer = { "a replica", replica_reads,
                                            "Consistency: any\r\n" };

static long asked_of(const struct layer *layer, const char *url,
                     const char *get)
{
    const struct step step = { .request = get,
                               .headers = layer->headers,
                               .as_admin = true };
    long before = layer->count(url);
    struct wire wire;

    wire_open(&wire);
    for (int i = 0; i < ASKED; i++)
        cr_assert_eq(wire_step(&wire, &step).status, 200);
    wire_close(&wire);
    return layer->count(url) - before;
}

static void until_it_answers(const struct layer *layer, const char *url,
                             const char *get)
{
    for (int i = 0; i < WAITS; i++) {
        if (asked_of(layer, url, get) > 0)
            return;
        pause_ms(50);
    }
    cr_assert_fail("%s does not come on", layer->name);
}

/* But what had begun before the switch: a request of each asker's. */
static void expect_silent(const struct layer *layer, const char *url,
                          const char *get)
{
    cr_expect_lt(asked_of(layer, url, get), ASKED / 2, "%s answers",
                 layer->name);
}

static void expect_layers(const char *url, int which, const char *path)
{
    bool near = is_on(which, 0), shared = is_on(which, 1);
    char get[PATH_BYTES + 8];

    snprintf(get, sizeof(get), "GET %s", path);
    if (near && shared)
        until_it_answers(&near_layer, url, get);
    else
        expect_silent(&near_layer, url, get);
    if (!shared)
        expect_silent(&redis_layer, url, get);
    else if (!near)
        until_it_answers(&redis_layer, url, get);
    if (!is_on(which, 2))
        expect_silent(&replica_layer, url, get);
    else if (getenv("DATABASE_REPLICA_URLS"))
        until_it_answers(&replica_layer, url, get);
}

static void expect_told(const char *url, int which)
{
    static char health[1 << 16];
    char line[96];

    ask_at(url, "GET /health", NULL, health, sizeof(health));
    for (int i = 0; i < SWITCHES; i++) {
        snprintf(line, sizeof(line), "\"%s\":%s", switches[i],
                 is_on(which, i) ? "true" : "false");
        cr_expect(strstr(health, line) != NULL, "%s in %s", line, health);
        snprintf(line, sizeof(line),
                 "portcullis_feature_enabled{feature=\"%s\"} ", switches[i]);
        cr_expect_eq(counted(url, line), is_on(which, i), "%s", line);
    }
}

/* --- all of it ------------------------------------------------------------ */

static const char *settings_of(int which)
{
    static char content[128];
    size_t len = 0;

    for (int i = 0; i < SWITCHES; i++)
        len +=
            (size_t)snprintf(content + len, sizeof(content) - len, "%s = %s\n",
                             switches[i], is_on(which, i) ? "on" : "off");
    return content;
}

static void start_it(struct told_service *service, const char *redis_url)
{
    const char *flag = configured_flag(settings_of(0));
    char url[160];

    snprintf(url, sizeof(url), "--redis-url=%s", redis_url);
    told_service_start(service, (const char *const[]){
                                    flag, url, "--log-requests=off", NULL });
}

static void make_a_bill(char ret_path[static PATH_BYTES])
{
    struct wire wire;

    wire_open(&wire);
    snprintf(ret_path, PATH_BYTES, "/v1/bills/%s", made_bill(&wire, ""));
    wire_close(&wire);
}

static void switch_to(struct told_service *service, int which)
{
    configured_reload(service, settings_of(which));
    until_said(service, "reloaded");
}

Test(switching, by_reloads_under_load_each_by_itself_gives_the_same_answers,
     .timeout = 600)
{
    static struct answers expected;
    struct told_service service;
    struct askers askers;
    struct own_redis redis;
    char path[PATH_BYTES], url[128];

    common = mmap(NULL, sizeof(*common), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(common, MAP_FAILED);
    own_redis_start(&redis);
    start_it(&service, redis.url);
    snprintf(url, sizeof(url), "%s", getenv("SERVICE_URL"));
    make_a_bill(path);
    make_a_bill(common->path);
    learn_answers(path, &expected);
    askers_start(&askers, write_and_read);
    for (int i = 1; i <= COMBINATIONS; i++) { /* and back to the first */
        int which = i % COMBINATIONS;

        switch_to(&service, which);
        expect_told(url, which);
        expect_layers(url, which, path);
        expect_the_same(path, which, &expected);
    }
    askers_stop(&askers);
    cr_expect_gt(common->acknowledged, 0, "nothing was written");
    configured_stop(&service);
    own_redis_end(&redis);
    munmap(common, sizeof(*common));
}
