/* SPDX-License-Identifier: MIT */
/*
 * Room only: one connection from its socket on. It does not heal: once dead it
 * stays so, and whoever made it frees it.
 */
#pragma once

#include "base/buffer.h"
#include "base/list.h"
#include "redis/redis.h"

struct link;

/* 0 and the answer, which is then theirs who are told; or why there is none. */
typedef void answered_fn(void *arg, int result, struct redis_reply *reply);

/* A command on its way; the link's until it is answered and let go. */
struct command {
    struct list line;
    struct timer timer;
    struct link *link;     /* NULL: answered */
    struct fiber *waiter;  /* NULL: nobody waits */
    answered_fn *answered; /* NULL: nobody is told */
    void *arg;
    bool released;
    int result;
    struct redis_reply *reply;
};

/* `lost` is told once, `message` (may be NULL) of what was subscribed to. */
struct link_listener {
    void (*message)(void *arg, struct text channel, struct text message);
    void (*lost)(void *arg, int code, const char *why);
    void *arg;
};

/* Connects. -ERR_CONNECT_FAILED, -ERR_DEADLINE, -ERR_CANCELLED */
YIELDS int link_open(struct loop *loop, const struct redis_address *address,
                     const struct link_listener *listener,
                     struct deadline until, struct link **ret_link,
                     struct diag *diag) MUST_CHECK;

/* NULL is taken. Commands that were not answered fail. */
void link_free(struct link **link);

bool link_is_dead(const struct link *link);

/* From now on it is dead: the socket is closed, commands fail with this. */
void link_fail(struct link *link, int code, const char *why);

/* Leaves at the end of the turn. After the deadline the link fails. */
struct command *link_send(struct link *link, const struct text *words,
                          unsigned count, struct deadline until);

/* Waits for it and lets it go. */
YIELDS int command_wait(struct command **command,
                        struct redis_reply **ret_reply) MUST_CHECK;

/* Lets it go and has its answer told, at once when there is one. */
void command_hand_over(struct command **command, answered_fn *answered,
                       void *arg);

/* Nobody waits for it any more. */
void command_release(struct command **command);
