/* SPDX-License-Identifier: MIT */
/*
 * One loop's connection to a Redis: pipelined, opened again by itself, and
 * thrown away after whatever went wrong on it: a late answer would be the next
 * question's. A command waits for its answer, never for a connection.
 */
#pragma once

#include "base/error.h"
#include "redis/address.h"
#include "redis/reply.h"
#include "runtime/fiber.h"

struct redis;

/* Lua that Redis runs at once and alone; kept there by its hash. */
struct redis_script {
    const char *name;   /* for metrics, static */
    const char *source; /* static */
};

enum { REDIS_SCRIPTS_MAX = 16, REDIS_WORDS_MAX = 1024 };

struct redis_options {
    const struct redis_address *address; /* must outlive it */
    const char *name; /* static: "redis"; of the breaker and in the log */
    unsigned connect_timeout_ms;
    const struct redis_script *const *scripts; /* that may be run; or NULL */
    unsigned script_count;
    /*
     * For one that listens: these channels are subscribed to, and commands
     * cannot be sent. NULL-terminated, or NULL.
     */
    const char *const *channels;
    void (*message)(void *arg, struct text channel, struct text message);
    /* It can be used (all channels are subscribed to), or not any more. Told
     * on the loop, at once, also before calls that were lost return. */
    void (*up)(void *arg);
    void (*down)(void *arg);
    void *arg;
};

/* Begins to connect; never waits and never fails. The options are copied. */
struct redis *redis_start(struct loop *loop,
                          const struct redis_options *options) MUST_CHECK;

/* Ends it; calls under way fail. NULL is taken. */
YIELDS void redis_stop(struct redis **redis);

bool redis_is_up(const struct redis *redis);

/*
 * Which run of the server we are connected to, "" when we are not: another
 * after each restart, also one that has lost its data or found old ones.
 */
const char *redis_run_id(const struct redis *redis);

/* Throws the connection away, as if it had been lost. */
void redis_reset(struct redis *redis, const char *why);

/*
 * Sends a command and waits for its answer, which the caller frees (may be
 * NULL). Answers that are errors are no failure of this call. `run` tells
 * which run_id the answer is of. Without an answer by the deadline the
 * connection is thrown away, with all that was asked on it.
 *   -ERR_UNAVAILABLE  there is no connection; nothing was sent
 *   -ERR_LINK_LOST    it was lost: what was sent may have been done
 *   -ERR_DEADLINE, -ERR_CANCELLED: the same
 */
YIELDS int redis_call(struct redis *redis, const struct text *words,
                      unsigned count, struct deadline until,
                      struct redis_reply **ret_reply, struct diag *diag)
    MUST_CHECK;

/*
 * Embedded in whoever asks, and there until it is answered, once: by 0 and a
 * reply, the owner's from then on, or as redis_call() fails.
 */
struct redis_question {
    struct redis *redis;
    void (*answered)(struct redis_question *question, int result,
                     struct redis_reply *reply);
};

/* Sends a command as redis_call(), without waiting: the question is answered
 * on the loop, when it failed perhaps before this returns. */
void redis_ask(struct redis *redis, const struct text *words, unsigned count,
               struct deadline until, struct redis_question *question);

/* The same without waiting: whatever comes of it. */
void redis_tell(struct redis *redis, const struct text *words, unsigned count,
                struct deadline until);

/*
 * Runs one of the scripts (its number in the options) with these arguments; a
 * Redis that has forgotten it is told it again, once. An answer that is an
 * error is -ERR_UNAVAILABLE.
 */
YIELDS int redis_run(struct redis *redis, unsigned script,
                     const struct text *arguments, unsigned count,
                     struct deadline until, struct redis_reply **ret_reply,
                     struct diag *diag) MUST_CHECK;

struct redis_stats {
    uint64_t calls, failures, connects, losses, loads; /* since the start */
};

void redis_stats(const struct redis *redis, struct redis_stats *ret_stats);
