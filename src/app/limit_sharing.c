/* SPDX-License-Identifier: MIT */
#include "app/limit_sharing.h"

#include "base/embedded.h"
#include "base/memory.h"
#include "runtime/fiber.h"
#include "telemetry/log.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    SETTLE_MS = 50, /* what nobody hurries for is told so often */
    GATHER_MS = 2,  /* … and the rest, at the most */
    ANSWER_MS = 100,
    LAST_MS = 50,
    BATCH = 128,
    WORDS = 4, /* of each claim */
    NUMBER_BYTES = 24,
};

extern const struct embedded_file limit_scripts[];

static struct deadline in_ms(const struct limit_sharing *sharing, uint64_t ms)
{
    return deadline_after(loop_now_ns(sharing->loop), ms);
}

/* --- telling -------------------------------------------------------------- */

static struct text number(char at[NUMBER_BYTES], uint64_t value)
{
    int len = snprintf(at, NUMBER_BYTES, "%" PRIu64, value);

    return text_from(at, (size_t)len);
}

static YIELDS int ask(struct limit_sharing *sharing, unsigned count,
                      uint64_t ms, struct redis_reply **ret_reply,
                      struct diag *diag)
{
    char numbers[BATCH][WORDS - 1][NUMBER_BYTES];

    for (unsigned i = 0; i < count; i++) {
        const struct limits_claim *claim = &sharing->claims[i];
        struct text *words = &sharing->words[(size_t)i * WORDS];

        words[0] = text_from(claim->key, claim->key_len);
        words[1] = number(numbers[i][0], claim->told.owed_us);
        words[2] = number(numbers[i][1], claim->told.age_us);
        words[3] = number(numbers[i][2], claim->told.whole_us);
    }
    return redis_run(sharing->redis, 0, sharing->words, count * WORDS,
                     in_ms(sharing, ms), ret_reply, diag);
}

/* Once for as long as it lasts; that Redis is gone its connection tells. */
static void note(struct limit_sharing *sharing, int r, const struct diag *why)
{
    struct event event;

    if (r < 0 && !sharing->failing && redis_is_up(sharing->redis)) {
        event_begin(&event, LOG_WARN, "limits_not_shared");
        event_diag(&event, why);
        event_end(&event);
    }
    sharing->failing = r < 0;
}

/* What could not be told is not told again: it may have arrived. */
static YIELDS int tell(struct limit_sharing *sharing, uint64_t claimed_at_ns,
                       unsigned count, uint64_t ms)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    struct diag why;
    int r;

    diag_init(&why, NULL);
    r = ask(sharing, count, ms, &reply, &why);
    for (unsigned i = 0; r == 0 && i < count; i++) {
        int64_t lacking_us = redis_reply_integer(reply, i);

        if (lacking_us > 0)
            limits_hear(sharing->limits, &sharing->claims[i],
                        (uint64_t)lacking_us, claimed_at_ns);
    }
    note(sharing, r, &why);
    return r;
}

/* All that there is to tell. While there is no Redis it is kept. */
static YIELDS void settle(struct limit_sharing *sharing, uint64_t ms)
{
    unsigned count = BATCH;
    int r = 0;

    while (r == 0 && count == BATCH && redis_is_up(sharing->redis)) {
        uint64_t now_ns = loop_now_ns(sharing->loop);

        count = limits_claim(sharing->limits, now_ns, sharing->claims, BATCH);
        r = count > 0 ? tell(sharing, now_ns, count, ms) : 0;
    }
}

/* --- when ----------------------------------------------------------------- */

static void on_bell(void *arg)
{
    struct limit_sharing *sharing = arg;

    atomic_store(&sharing->is_posted, false);
    sharing->is_rung = true;
    condition_broadcast(&sharing->rung);
}

/* From any thread. */
static void ring(void *arg)
{
    struct limit_sharing *sharing = arg;

    if (!atomic_exchange(&sharing->is_posted, true))
        loop_post(sharing->loop, &sharing->bell);
}

/* False: it is to end. */
static YIELDS bool wait_for_more(struct limit_sharing *sharing)
{
    struct deadline until = in_ms(sharing, SETTLE_MS);
    int r = fiber_sleep(in_ms(sharing, GATHER_MS));

    while (r == 0 && !sharing->is_rung)
        r = condition_wait(&sharing->rung, until);
    return r != -ERR_CANCELLED;
}

static void run(void *arg)
{
    struct limit_sharing *sharing = arg;

    while (wait_for_more(sharing)) {
        sharing->is_rung = false;
        settle(sharing, ANSWER_MS);
    }
    fiber_shield();
    settle(sharing, LAST_MS);
    fiber_unshield();
    sharing->fiber = NULL;
    condition_broadcast(&sharing->ended);
}

/* --- life ----------------------------------------------------------------- */

static void connect(struct limit_sharing *sharing,
                    const struct limit_sharing_options *options)
{
    sharing->script = (struct redis_script){ "settle", limit_scripts[0].begin };
    sharing->scripts[0] = &sharing->script;
    sharing->redis = redis_start(
        sharing->loop, &(struct redis_options){
                           .address = options->redis,
                           .name = "redis_limits",
                           .connect_timeout_ms = options->connect_timeout_ms,
                           .scripts = sharing->scripts,
                           .script_count = ARRAY_LEN(sharing->scripts),
                       });
}

void limit_sharing_start(struct limit_sharing *sharing, struct loop *loop,
                         const struct limit_sharing_options *options)
{
    *sharing = (struct limit_sharing){
        .loop = loop,
        .limits = options->limits,
        .bell = { .run = on_bell, .arg = sharing },
        .claims = memory_new_array(BATCH, sizeof(*sharing->claims)),
        .words =
            memory_new_array((size_t)BATCH * WORDS, sizeof(*sharing->words)),
    };
    condition_init(&sharing->ended);
    condition_init(&sharing->rung);
    connect(sharing, options);
    if (fiber_start(loop, "limits", run, sharing, &sharing->fiber) < 0)
        log_line(LOG_WARN, "limits_not_shared", "no memory for a fiber");
    limits_on_due(sharing->limits, ring, sharing);
}

void limit_sharing_stop(struct limit_sharing *sharing)
{
    if (!sharing->redis)
        return;
    limits_on_due(sharing->limits, NULL, NULL);
    fiber_end(&sharing->fiber, &sharing->ended);
    redis_stop(&sharing->redis);
    memory_free(&sharing->claims);
    memory_free(&sharing->words);
}
