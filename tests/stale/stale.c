/* SPDX-License-Identifier: MIT */
/*
 * stale --ops N --clients N --keys N --writes PERCENT --token JWT URL…
 *
 * Is anything served that is out of date? Sessions read and write the same few
 * people at all the instances named, and judge each answer (known.h). What was
 * counted is told as one JSON object on standard output, the first faults on
 * standard error; exit status 1 when there were any. Driven by tests/stale/run.
 */
#include "stale/session.h"

#include "base/memory.h"

#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Where nothing answers any more it ends all the same. */
enum { TRIES_PER_ANSWER = 3, TRIES_MIN = 100000 };

struct options {
    long ops, clients, keys, writes;
    const char *token;
    const char *const *urls;
    unsigned urls_count;
};

static bool read_options(int argc, char **argv, struct options *ret)
{
    static const struct option options[] = {
        { "ops", required_argument, NULL, 'o' },
        { "clients", required_argument, NULL, 'c' },
        { "keys", required_argument, NULL, 'k' },
        { "writes", required_argument, NULL, 'w' },
        { "token", required_argument, NULL, 't' },
        { 0 },
    };
    int option;

    *ret = (struct options){
        .ops = 100000, .clients = 16, .keys = 4, .writes = 10
    };
    while ((option = getopt_long(argc, argv, "", options, NULL)) > 0)
        switch (option) {
        case 'o':
            ret->ops = strtol(optarg, NULL, 10);
            break;
        case 'c':
            ret->clients = strtol(optarg, NULL, 10);
            break;
        case 'k':
            ret->keys = strtol(optarg, NULL, 10);
            break;
        case 'w':
            ret->writes = strtol(optarg, NULL, 10);
            break;
        case 't':
            ret->token = optarg;
            break;
        default:
            return false;
        }
    ret->urls = (const char *const *)argv + optind;
    ret->urls_count = (unsigned)(argc - optind);
    return ret->token && ret->ops > 0 && ret->clients > 0 && ret->keys > 0 &&
           ret->clients <= SESSIONS_MAX && ret->keys <= HOT_MAX &&
           ret->writes > 0 && ret->writes <= 100 && ret->urls_count > 0 &&
           ret->urls_count <= INSTANCES_MAX;
}

static bool session_init(struct session *session, struct known *known,
                         unsigned number, const struct options *options)
{
    session->number = number;
    session->known = known;
    session->token = options->token;
    session->instances = options->urls_count;
    random_bytes(&session->luck, sizeof(session->luck));
    session->luck |= 1;
    for (unsigned i = 0; i < options->urls_count; i++)
        if (!talk_init(&session->talks[i], options->urls[i]))
            return false;
    return true;
}

static void session_fini(struct session *session)
{
    for (unsigned i = 0; i < session->instances; i++)
        talk_fini(&session->talks[i]);
}

static void *run(void *arg)
{
    session_run(arg);
    return NULL;
}

static void run_all(struct session *sessions, unsigned count)
{
    pthread_t threads[SESSIONS_MAX];

    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, run, &sessions[i]) != 0)
            abort();
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* The members of the tally, summed; answers how many are faults. */
static uint64_t report(const struct session *sessions, unsigned count)
{
    struct tally sum = { 0 };
    uint64_t faults = 0;

    for (unsigned i = 0; i < count; i++) {
#define TALLY(member, what, fault) sum.member += sessions[i].tally.member;
        TALLIES(TALLY)
#undef TALLY
    }
#define TALLY(member, what, fault)    \
    faults += fault ? sum.member : 0; \
    printf("\"" #member "\": %llu, ", (unsigned long long)sum.member);
    printf("{");
    TALLIES(TALLY)
#undef TALLY
    printf("\"faults\": %llu}\n", (unsigned long long)faults);
    return faults;
}

int main(int argc, char **argv)
{
    struct known *known = NEW(struct known);
    struct session *sessions;
    struct options options;
    uint64_t faults = 1;
    bool ready = true;

    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: stale --ops N --clients N --keys N "
                        "--writes PERCENT --token JWT URL...\n");
        return 2;
    }
    known->hot_count = (unsigned)options.keys;
    known->session_count = (unsigned)options.clients;
    known->writes = (unsigned)options.writes;
    atomic_init(&known->left, options.ops);
    atomic_init(&known->tries, TRIES_PER_ANSWER * options.ops + TRIES_MIN);
    sessions = memory_new_array(known->session_count, sizeof(*sessions));
    for (unsigned i = 0; i < known->session_count; i++)
        ready &= session_init(&sessions[i], known, i, &options);
    for (unsigned i = 0; ready && i < known->hot_count; i++)
        ready = session_make(&sessions[0], &known->hot[i]);
    if (ready) {
        run_all(sessions, known->session_count);
        faults = report(sessions, known->session_count);
    }
    for (unsigned i = 0; i < known->session_count; i++)
        session_fini(&sessions[i]);
    memory_free(&sessions);
    memory_free(&known);
    return faults > 0;
}
