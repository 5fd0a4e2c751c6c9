/* SPDX-License-Identifier: MIT */
#include "redis/redis_impl.h"

#include "base/check.h"
#include "base/id.h"
#include "base/memory.h"
#include "telemetry/log.h"

#include <stdio.h>

/* --- life ----------------------------------------------------------------- */

struct redis *redis_start(struct loop *loop,
                          const struct redis_options *options)
{
    struct redis *redis = NEW(struct redis);
    uint64_t seed;

    CHECK(options->script_count <= REDIS_SCRIPTS_MAX);
    redis->magic = REDIS_MAGIC;
    redis->loop = loop;
    redis->options = *options;
    condition_init(&redis->change);
    random_bytes(&seed, sizeof(seed));
    breaker_init(&redis->breaker, &breaker_rules_connect, seed);
    if (fiber_start(loop, "redis", redis__keep, redis, &redis->keeper) < 0)
        log_line(LOG_WARN, "redis_not_reached", "no memory for a fiber");
    return redis;
}

void redis_stop(struct redis **redis_at)
{
    struct redis *redis = *redis_at;

    if (!redis)
        return;
    OBJ_CHECK(redis, REDIS_MAGIC);
    *redis_at = NULL;
    redis->stopping = true;
    if (redis->keeper)
        fiber_cancel(redis->keeper);
    fiber_shield();
    while (redis->keeper)
        if (condition_wait(&redis->change, DEADLINE_NEVER) < 0)
            continue;
    fiber_unshield();
    redis->magic = 0;
    memory_free(&redis);
}

bool redis_is_up(const struct redis *redis)
{
    return redis->up;
}

const char *redis_run_id(const struct redis *redis)
{
    return redis->run_id;
}

void redis_reset(struct redis *redis, const char *why)
{
    OBJ_CHECK(redis, REDIS_MAGIC);
    if (redis->up)
        link_fail(redis->link, -ERR_LINK_LOST, why);
}

void redis_stats(const struct redis *redis, struct redis_stats *ret_stats)
{
    *ret_stats = redis->stats;
}

/* --- commands ------------------------------------------------------------- */

static int tell_failed(int r, struct diag *diag)
{
    return r == -ERR_CANCELLED ? r
                               : FAIL(diag, -r, "Redis did not answer in time");
}

int redis_call(struct redis *redis, const struct text *words, unsigned count,
               struct deadline until, struct redis_reply **ret_reply,
               struct diag *diag)
{
    struct command *command;
    int r;

    OBJ_CHECK(redis, REDIS_MAGIC);
    CHECK(!redis->options.channels && count <= REDIS_WORDS_MAX);
    if (ret_reply)
        *ret_reply = NULL;
    if (!redis->up)
        return FAIL(diag, ERR_UNAVAILABLE, "there is no connection to Redis");
    redis->stats.calls++;
    command = link_send(redis->link, words, count, until);
    r = command_wait(&command, ret_reply);
    redis->stats.failures += r < 0;
    return r < 0 ? tell_failed(r, diag) : 0;
}

static void on_answered(void *arg, int result, struct redis_reply *reply)
{
    struct redis_question *question = arg;

    question->redis->stats.failures += result < 0;
    question->answered(question, result, reply);
}

void redis_ask(struct redis *redis, const struct text *words, unsigned count,
               struct deadline until, struct redis_question *question)
{
    struct command *command;

    OBJ_CHECK(redis, REDIS_MAGIC);
    CHECK(!redis->options.channels && count <= REDIS_WORDS_MAX);
    question->redis = redis;
    if (!redis->up) {
        question->answered(question, -ERR_UNAVAILABLE, NULL);
        return;
    }
    redis->stats.calls++;
    command = link_send(redis->link, words, count, until);
    command_hand_over(&command, on_answered, question);
}

void redis_tell(struct redis *redis, const struct text *words, unsigned count,
                struct deadline until)
{
    struct command *command;

    OBJ_CHECK(redis, REDIS_MAGIC);
    if (!redis->up)
        return;
    redis->stats.calls++;
    command = link_send(redis->link, words, count, until);
    command_release(&command);
}

/* --- scripts -------------------------------------------------------------- */

static YIELDS int run_once(struct redis *redis, unsigned script,
                           const struct text *arguments, unsigned count,
                           struct deadline until,
                           struct redis_reply **ret_reply, struct diag *diag)
{
    CLEANUP(memory_free)
    struct text *words = memory_new_array(count + 3, sizeof(*words));

    words[0] = TEXT("EVALSHA");
    words[1] = text_of(redis->sha[script]);
    words[2] = TEXT("0");
    if (count > 0)
        memcpy(&words[3], arguments, count * sizeof(words[0]));
    return redis_call(redis, words, count + 3, until, ret_reply, diag);
}

static int judge(const struct redis *redis, unsigned script,
                 struct redis_reply **reply, struct diag *diag)
{
    int r;

    if ((*reply)->kind != REDIS_ERROR)
        return 0;
    r = FAIL(diag, ERR_UNAVAILABLE, "Redis could not run %s",
             redis->options.scripts[script]->name);
    if (diag)
        snprintf(diag->cause, sizeof(diag->cause), "%.*s",
                 TEXT_ARG((*reply)->text));
    redis_reply_free(reply);
    return r;
}

int redis_run(struct redis *redis, unsigned script,
              const struct text *arguments, unsigned count,
              struct deadline until, struct redis_reply **ret_reply,
              struct diag *diag)
{
    struct redis_reply *reply = NULL;
    int r;

    OBJ_CHECK(redis, REDIS_MAGIC);
    CHECK(script < redis->options.script_count);
    r = run_once(redis, script, arguments, count, until, &reply, diag);
    if (r == 0 && redis_reply_is_error(reply, "NOSCRIPT")) {
        redis_reply_free(&reply);
        r = redis->up ? redis__load(redis, script, until, diag)
                      : -ERR_LINK_LOST;
        if (r == 0)
            r = run_once(redis, script, arguments, count, until, &reply, diag);
    }
    if (r == 0)
        r = judge(redis, script, &reply, diag);
    if (r == 0 && ret_reply) {
        *ret_reply = reply;
        reply = NULL;
    }
    redis_reply_free(&reply);
    return r;
}
