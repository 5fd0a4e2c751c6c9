/* SPDX-License-Identifier: MIT */
/*
 * Keeps the keyring true while the service runs: fetches what an issuer
 * publishes (jwks_url) and reads the file of jwt_keys again when it was
 * written. One fiber of one loop does so for all loops of the process. When it
 * fails the log tells, and the keys of before stay in force.
 */
#pragma once

#include "app/keyring.h"
#include "auth/jwks_refresh.h"
#include "runtime/fiber.h"

#include <pthread.h>

/* A post that is sent to a loop at most once at a time. */
struct nudge {
    struct post post;
    atomic_bool is_sent;
};

struct key_keeper {
    struct keyring *keyring;
    const struct settings *settings;
    struct loop *loop;
    struct fiber *fiber; /* NULL: not running */
    struct condition wanted, ended;
    struct nudge want;
    pthread_mutex_t lock; /* of what follows, which all loops touch */
    bool is_running;
    struct jwks_refresh refresh;
    uint64_t begun, done; /* fetches, counted */
    struct list waiters;
};

/* Each loop has one: where its fibers wait for keys to come. */
struct key_waiter {
    struct key_keeper *keeper;
    struct loop *loop;
    struct list link; /* keeper->waiters */
    struct nudge told;
    struct condition changed;
};

/* Before the loops start; all three must outlive it. */
void key_keeper_init(struct key_keeper *keeper, struct keyring *keyring,
                     const struct settings *settings);
void key_keeper_fini(struct key_keeper *keeper);

/* On the one loop that does it. */
void key_keeper_start(struct key_keeper *keeper, struct loop *loop);

/*
 * There: other settings, whose keys are read at once. If that fails those of
 * before stay in force, and the log tells.
 */
void key_keeper_adopt(struct key_keeper *keeper,
                      const struct settings *settings);

/* Waits until it has ended; harmless when it was not started. */
YIELDS void key_keeper_stop(struct key_keeper *keeper);

/* On each loop; nobody may be waiting when it is stopped. */
void key_waiter_start(struct key_waiter *waiter, struct key_keeper *keeper,
                      struct loop *loop);
void key_waiter_stop(struct key_waiter *waiter);

/*
 * A token names a key that is not there: is it worth another look? If so, a
 * fetch has ended meanwhile; whether it brought the key is another matter.
 * Strangers who name keys make us fetch once a minute at the most.
 */
YIELDS bool key_waiter_ask(struct key_waiter *waiter, struct deadline until);
