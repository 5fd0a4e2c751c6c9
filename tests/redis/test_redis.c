/* SPDX-License-Identifier: MIT */
/* One connection against a real Redis, and what befalls it. */
#include "base/fault.h"
#include "redis/redis.h"
#include "support/own_redis.h"

static const struct redis_script add_up = {
    "add_up", "return tonumber(ARGV[1]) + tonumber(ARGV[2])"
};
static const struct redis_script *const scripts[] = { &add_up };

struct world {
    struct own_redis server;
    struct redis_address address;
    struct redis *redis;
    unsigned ups, downs;
    char heard[64];
};

static struct deadline after_ms(uint64_t ms)
{
    return deadline_after(loop_now_ns(loop_current()), ms);
}

#define UNTIL(what)                                    \
    do {                                               \
        for (int i_ = 0; i_ < 2000 && !(what); i_++)   \
            cr_assert_eq(fiber_sleep(after_ms(5)), 0); \
        cr_assert(what);                               \
    } while (0)

static void on_up(void *arg)
{
    ((struct world *)arg)->ups++;
}

static void on_down(void *arg)
{
    ((struct world *)arg)->downs++;
}

static void on_message(void *arg, struct text channel, struct text message)
{
    struct world *world = arg;

    snprintf(world->heard, sizeof(world->heard), "%.*s %.*s", TEXT_ARG(channel),
             TEXT_ARG(message));
}

static struct redis_options options_of(struct world *world)
{
    return (struct redis_options){ .address = &world->address,
                                   .name = "redis",
                                   .connect_timeout_ms = 300,
                                   .scripts = scripts,
                                   .script_count = ARRAY_LEN(scripts),
                                   .up = on_up,
                                   .down = on_down,
                                   .arg = world };
}

static void address_of(struct world *world, const char *url)
{
    struct diag diag;

    diag_init(&diag, NULL);
    redis_address_fini(&world->address);
    cr_assert_eq(redis_address_parse(text_of(url), &world->address, &diag), 0);
}

static void world_run(void (*body)(struct world *world))
{
    struct world world = { .ups = 0 };
    struct redis_options options;

    own_redis_start(&world.server);
    address_of(&world, world.server.url);
    options = options_of(&world);
    world.redis = redis_start(loop_current(), &options);
    UNTIL(redis_is_up(world.redis));
    body(&world);
    redis_stop(&world.redis);
    redis_address_fini(&world.address);
    own_redis_end(&world.server);
}

#define ON_REDIS(name)                            \
    static void name##_body(struct world *world); \
    static void name##_fiber(void *arg)           \
    {                                             \
        (void)arg;                                \
        world_run(name##_body);                   \
    }                                             \
    Test(redis, name, .timeout = 60)              \
    {                                             \
        fiber_run_alone("test", name##_fiber, 0); \
    }                                             \
    static void name##_body(struct world *world)

static int say(struct world *world, const char *a, const char *b, const char *c,
               uint64_t ms, struct redis_reply **ret_reply)
{
    struct text words[3];
    unsigned count = 0;

    words[count++] = text_of(a);
    if (b)
        words[count++] = text_of(b);
    if (c)
        words[count++] = text_of(c);
    return redis_call(world->redis, words, count, after_ms(ms), ret_reply,
                      NULL);
}

static int64_t sum_of(struct world *world, int *ret)
{
    const struct text numbers[] = { TEXT("40"), TEXT("2") };
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;

    *ret = redis_run(world->redis, 0, numbers, 2, after_ms(1000), &reply, NULL);
    return *ret == 0 ? reply->integer : -1;
}

ON_REDIS(commands_are_answered)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;

    cr_assert_eq(say(world, "SET", "k", "v", 1000, NULL), 0);
    cr_assert_eq(say(world, "GET", "k", NULL, 1000, &reply), 0);
    cr_expect(text_is(reply->text, "v"));
    cr_expect_eq(strlen(redis_run_id(world->redis)), 40);
}

struct asker {
    struct world *world;
    int number;
    unsigned *done;
};

static void ask_echo(void *arg)
{
    struct asker *asker = arg;
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    char text[16];

    snprintf(text, sizeof(text), "%d", asker->number);
    cr_expect_eq(say(asker->world, "ECHO", text, NULL, 5000, &reply), 0);
    cr_expect(text_is(reply->text, text));
    ++*asker->done;
}

ON_REDIS(each_of_many_gets_the_answer_to_what_it_asked)
{
    struct asker askers[200];
    unsigned done = 0;

    for (int i = 0; i < 200; i++) {
        askers[i] = (struct asker){ world, i, &done };
        cr_assert_eq(
            fiber_start(loop_current(), "asker", ask_echo, &askers[i], NULL),
            0);
    }
    UNTIL(done == 200);
}

ON_REDIS(a_script_that_redis_forgot_is_told_again)
{
    struct redis_stats stats;
    int r;

    cr_expect_eq(sum_of(world, &r), 42);
    cr_assert_eq(say(world, "SCRIPT", "FLUSH", NULL, 1000, NULL), 0);
    cr_expect_eq(sum_of(world, &r), 42);
    redis_stats(world->redis, &stats);
    cr_expect_eq(stats.loads, 2);
    cr_expect_eq(world->downs, 0, "that is no reason to lose a connection");
}

ON_REDIS(a_silent_redis_costs_its_connection_and_no_later_caller_an_answer)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;

    own_redis_signal(&world->server, SIGSTOP);
    cr_expect_eq(say(world, "ECHO", "late", NULL, 50, NULL), -ERR_DEADLINE);
    cr_expect_not(redis_is_up(world->redis));
    cr_expect_eq(world->downs, 1);
    cr_expect_eq(say(world, "ECHO", "now", NULL, 50, NULL), -ERR_UNAVAILABLE,
                 "nobody waits for a connection");
    own_redis_signal(&world->server, SIGCONT);
    UNTIL(redis_is_up(world->redis));
    cr_assert_eq(say(world, "ECHO", "mine", NULL, 1000, &reply), 0);
    cr_expect(text_is(reply->text, "mine"));
}

ON_REDIS(a_restart_is_another_run)
{
    char before[64];

    snprintf(before, sizeof(before), "%s", redis_run_id(world->redis));
    own_redis_kill(&world->server);
    UNTIL(!redis_is_up(world->redis));
    cr_expect_str_eq(redis_run_id(world->redis), "");
    own_redis_run(&world->server, "");
    UNTIL(redis_is_up(world->redis));
    cr_expect_str_neq(redis_run_id(world->redis), before);
    cr_expect_eq(world->ups, 2);
}

ON_REDIS(whoever_waits_when_the_connection_is_lost_is_told)
{
    fault_arm(FAULT_REDIS_LINK, 0, 1);
    cr_expect_eq(say(world, "PING", NULL, NULL, 1000, NULL), -ERR_LINK_LOST);
    cr_expect_eq(fault_count(FAULT_REDIS_LINK), 1);
    fault_disarm_all();
    UNTIL(redis_is_up(world->redis));
}

static void ask_and_be_cancelled(void *arg)
{
    struct asker *asker = arg;

    cr_expect_eq(say(asker->world, "ECHO", "not mine", NULL, 5000, NULL),
                 -ERR_CANCELLED);
    ++*asker->done;
}

ON_REDIS(an_answer_that_nobody_waits_for_is_nobody_elses)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    struct asker asker = { world, 0, &(unsigned){ 0 } };
    struct fiber *fiber;

    cr_assert_eq(fiber_start(loop_current(), "asker", ask_and_be_cancelled,
                             &asker, &fiber),
                 0);
    fiber_cancel(fiber);
    cr_assert_eq(say(world, "ECHO", "mine", NULL, 1000, &reply), 0);
    cr_expect(text_is(reply->text, "mine"));
    cr_expect_eq(*asker.done, 1);
}

ON_REDIS(listeners_hear_what_is_published)
{
    static const char *const channels[] = { "one", "two", NULL };
    struct redis_options options = options_of(world);
    struct redis *listener;

    options.channels = channels;
    options.message = on_message;
    options.script_count = 0;
    listener = redis_start(loop_current(), &options);
    UNTIL(redis_is_up(listener));
    cr_assert_eq(say(world, "PUBLISH", "two", "hello", 1000, NULL), 0);
    UNTIL(world->heard[0]);
    cr_expect_str_eq(world->heard, "two hello");
    redis_stop(&listener);
}

ON_REDIS(a_wrong_password_is_told_and_the_right_one_lets_in)
{
    struct redis_options options = options_of(world);
    char url[256];
    struct redis *other;

    own_redis_kill(&world->server);
    own_redis_run(&world->server, "open");
    snprintf(url, sizeof(url), "unix://:shut@%s", world->server.socket);
    address_of(world, url);
    other = redis_start(loop_current(), &options);
    cr_assert_eq(fiber_sleep(after_ms(100)), 0);
    cr_expect_not(redis_is_up(other));
    redis_stop(&other);
    snprintf(url, sizeof(url), "unix://:open@%s", world->server.socket);
    address_of(world, url);
    other = redis_start(loop_current(), &options);
    UNTIL(redis_is_up(other));
    redis_stop(&other);
}

ON_REDIS(a_refused_connection_is_tried_again)
{
    struct redis_stats stats;

    fault_arm(FAULT_REDIS_CONNECT, 0, 3);
    redis_reset(world->redis, "the test says so");
    cr_expect_not(redis_is_up(world->redis));
    UNTIL(redis_is_up(world->redis));
    cr_expect_eq(fault_count(FAULT_REDIS_CONNECT), 3);
    redis_stats(world->redis, &stats);
    cr_expect_eq(stats.connects, 2);
}
