/* SPDX-License-Identifier: MIT */
/*
 * What is taken back is gone when that is answered: asked all the time, at two
 * instances on one database, while it is given and taken at either.
 * REVOCATIONS is how often.
 */
#include "support/own_service.h"
#include "wire/signed_in.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { READERS = 4, INSTANCES = 2, ROUNDS = 6, ASKED_LEAST = 3 };

/* What the user has, as far as it was acknowledged. */
enum phase { CHANGING, TAKEN, GIVEN, OVER };

struct reader {
    pthread_t thread;
    struct wire wire;
    const struct trial *trial;
    atomic_uint asked; /* in this phase */
    unsigned wrong, right, first_wrong;
};

struct trial {
    _Atomic(enum phase) phase;
    _Atomic(const char *) credential;
    const char *request;
    struct reader readers[READERS];
};

/* --- those who ask -------------------------------------------------------- */

/* Only where nothing was changed meanwhile is there just one right answer. */
static void look(struct reader *reader, const struct trial *trial)
{
    enum phase before = trial->phase;
    struct answer answer;
    bool was_let_in;

    if (before == CHANGING || before == OVER)
        return;
    answer = ask_as(&reader->wire, trial->credential, trial->request, NULL);
    was_let_in = answer.status == 200;
    if (trial->phase != before)
        return;
    reader->asked++;
    if (was_let_in == (before == GIVEN)) {
        reader->right++;
        return;
    }
    if (reader->wrong++ == 0)
        reader->first_wrong = (unsigned)answer.status;
}

static void *look_all_the_time(void *arg)
{
    struct reader *reader = arg;

    while (reader->trial->phase != OVER) {
        arena_reset(&reader->wire.arena);
        look(reader, reader->trial);
    }
    return NULL;
}

/* --- the trial ------------------------------------------------------------ */

/* Until each has asked a few times; a reader asks, or the test times out. */
static void enter(struct trial *trial, enum phase phase)
{
    const struct timespec a_while = { .tv_nsec = 1000000 };

    for (size_t i = 0; i < READERS; i++)
        trial->readers[i].asked = 0;
    trial->phase = phase;
    for (size_t i = 0; i < READERS; i++)
        while (trial->readers[i].asked < ASKED_LEAST)
            nanosleep(&a_while, NULL);
}

struct service_pair {
    struct own_service own;
    struct wire wires[INSTANCES]; /* the administrator's */
};

/* Half of the readers ask each; what is changed is so at either in turn. */
static void trial_start(struct trial *trial, struct service_pair *pair)
{
    for (size_t i = 0; i < READERS; i++) {
        if (i == READERS / INSTANCES) {
            wire_open(&pair->wires[0]);
            pair->own = own_service_start("--pool-lanes=1");
            wire_open(&pair->wires[1]);
        }
        trial->readers[i].trial = trial;
        wire_open(&trial->readers[i].wire);
    }
    trial->phase = CHANGING;
    for (size_t i = 0; i < READERS; i++)
        cr_assert_eq(pthread_create(&trial->readers[i].thread, NULL,
                                    look_all_the_time, &trial->readers[i]),
                     0);
}

static void trial_end(struct trial *trial, struct service_pair *pair)
{
    trial->phase = OVER;
    for (size_t i = 0; i < READERS; i++) {
        struct reader *reader = &trial->readers[i];

        pthread_join(reader->thread, NULL);
        cr_expect_eq(reader->wrong, 0, "%u of %u, the first with %u",
                     reader->wrong, reader->wrong + reader->right,
                     reader->first_wrong);
        wire_close(&reader->wire);
    }
    for (size_t i = 0; i < INSTANCES; i++)
        wire_close(&pair->wires[i]);
    own_service_stop(&pair->own);
}

static unsigned rounds(void)
{
    const char *text = getenv("REVOCATIONS");

    return text ? (unsigned)strtoul(text, NULL, 10) : ROUNDS;
}

/* --- what is given and taken ------------------------------------------------
 */

Test(revocation, of_a_role_holds_at_all_instances_when_it_is_answered,
     .timeout = 3600)
{
    struct service_pair pair;
    struct signed_in user;
    struct trial trial = { .request = "GET /v1/roles?limit=1" };
    struct wire wire;
    const char *path;

    unsetenv("WIRE_RECORD"); /* threads would write into one line */
    wire_open(&wire);
    user = sign_in(&wire, "admin");
    trial.credential = user.token;
    path = SAY(&wire, "%s/roles/%s", user.path, role_id(&wire, "admin"));
    trial_start(&trial, &pair);
    for (unsigned i = 0; i < rounds(); i++) {
        enter(&trial, GIVEN);
        trial.phase = CHANGING;
        EXPECT(drop(&pair.wires[i % INSTANCES], path), 200, NULL);
        enter(&trial, TAKEN);
        trial.phase = CHANGING;
        EXPECT(put(&pair.wires[i % INSTANCES], path, "{}"), 201, NULL);
    }
    trial_end(&trial, &pair);
    wire_close(&wire);
}

Test(revocation, of_a_user_holds_at_all_instances_when_it_is_answered,
     .timeout = 3600)
{
    struct trial trial = { .request = "GET /v1/bills?limit=1" };
    struct service_pair pair;
    struct signed_in user;
    struct wire wire;
    const char *patch;

    unsetenv("WIRE_RECORD");
    wire_open(&wire);
    user = sign_in(&wire, "viewer");
    trial.credential = user.token;
    patch = SAY(&wire, "PATCH %s", user.path);
    trial_start(&trial, &pair);
    for (unsigned i = 0; i < rounds(); i++) {
        struct wire *at = &pair.wires[i % INSTANCES];

        enter(&trial, GIVEN);
        trial.phase = CHANGING;
        EXPECT(ask(at, patch, NULL, "{\"status\":\"suspended\"}"), 200, NULL);
        enter(&trial, TAKEN);
        trial.phase = CHANGING;
        EXPECT(ask(at, patch, NULL, "{\"status\":\"active\"}"), 200, NULL);
    }
    trial_end(&trial, &pair);
    wire_close(&wire);
}

Test(revocation, of_a_key_holds_at_all_instances_when_it_is_answered,
     .timeout = 3600)
{
    struct trial trial = { .request = "GET /v1/bills?limit=1" };
    struct service_pair pair;
    struct signed_in user;
    struct wire wire;

    unsetenv("WIRE_RECORD");
    wire_open(&wire);
    user = sign_in(&wire, "viewer");
    trial.credential = user.token;
    trial_start(&trial, &pair);
    for (unsigned i = 0; i < rounds(); i++) {
        struct answer made =
            ask_as(&wire, user.token, "POST /v1/api-keys", "{\"name\":\"k\"}");

        cr_assert_eq(made.status, 201);
        trial.credential =
            SAY(&wire, "%.*s", TEXT_ARG(member(&made, "secret")));
        enter(&trial, GIVEN);
        trial.phase = CHANGING;
        EXPECT(drop(&pair.wires[i % INSTANCES],
                    SAY(&wire, "/v1/api-keys/%.*s",
                        TEXT_ARG(member(&made, "id")))),
               200, NULL);
        enter(&trial, TAKEN);
        trial.phase = CHANGING;
    }
    trial_end(&trial, &pair);
    wire_close(&wire);
}
