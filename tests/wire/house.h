/* SPDX-License-Identifier: MIT */
/*
 * Two services that remember, on one database and one Redis. Another such house
 * on the same database at the same time would not hear what this one tells.
 */
#pragma once

#include "support/made.h"
#include "support/own_redis.h"
#include "support/own_service.h"

enum { ROUNDS = 20, WAITS = 1200, OFTEN = 400, PATH_BYTES = 96 };

#define NEAR_HITS \
    "portcullis_cache_requests_total{layer=\"near\",result=\"hit\"} "
#define NEAR_LIST_HITS \
    "portcullis_cache_list_requests_total{layer=\"near\",result=\"hit\"} "
#define STALE "\nportcullis_cache_stale_total "

struct house {
    struct own_redis redis;
    struct own_service own[2];
    char urls[2][128];
    char shared[128]; /* that has no cache at all */
};

static inline void pause_ms(long ms)
{
    const struct timespec pause = { .tv_sec = ms / 1000,
                                    .tv_nsec = ms % 1000 * 1000000 };

    nanosleep(&pause, NULL);
}

static inline void turn_to(const char *url)
{
    setenv("SERVICE_URL", url, 1);
}

/* One request to one service, on a connection of its own: status and body. */
static inline int ask_at(const char *url, const char *request, const char *body,
                         char *ret_body, size_t size)
{
    struct answer answer;
    struct wire wire;
    int status;

    turn_to(url);
    wire_open(&wire);
    answer = wire_step(
        &wire,
        &(struct step){ .request = request, .body = body, .as_admin = true });
    status = answer.status;
    if (ret_body)
        snprintf(ret_body, size, "%.*s", TEXT_ARG(answer.body));
    wire_close(&wire);
    return status;
}

/* What a service counts under this name with its labels. */
static inline long counted(const char *url, const char *series)
{
    static char page[1 << 18];
    const char *found;

    cr_assert_eq(ask_at(url, "GET /metrics", NULL, page, sizeof(page)), 200);
    found = strstr(page, series);
    return found ? strtol(found + strlen(series), NULL, 10) : 0;
}

/* Until what is read twice is remembered: an epoch's quarantine is seconds. */
static inline void wait_for(const char *url, const char *path,
                            const char *series)
{
    long before = counted(url, series);

    for (int i = 0; i < WAITS && counted(url, series) == before; i++) {
        cr_assert_eq(ask_at(url, path, NULL, NULL, 0), 200);
        pause_ms(50);
    }
    cr_assert_gt(counted(url, series), before, "caches do not come on");
}

static inline void wait_for_caches(const char *url, const char *path)
{
    wait_for(url, path, NEAR_HITS);
}

static inline void start(struct house *house, int i)
{
    char url[160];
    const char *flags[] = { url, "--redis-cache=on", "--log-level=error",
                            NULL };

    snprintf(url, sizeof(url), "--redis-url=%s", house->redis.url);
    house->own[i] = own_service_start_with(flags, STDERR_FILENO);
    snprintf(house->urls[i], sizeof(house->urls[i]), "%s",
             getenv("SERVICE_URL"));
}

static inline void house_open(struct house *house)
{
    *house = (struct house){ .shared = "" };
    snprintf(house->shared, sizeof(house->shared), "%s", getenv("SERVICE_URL"));
    own_redis_start(&house->redis);
    start(house, 0);
    start(house, 1);
}

static inline void house_close(struct house *house)
{
    own_service_stop(&house->own[0]);
    own_service_stop(&house->own[1]);
    own_redis_end(&house->redis);
    turn_to(house->shared);
}

/* The path of a new bill, and the id of a person. */
static inline void make_them(const struct house *house, char *ret_path,
                             char *ret_person)
{
    struct wire wire;

    turn_to(house->urls[0]);
    wire_open(&wire);
    snprintf(ret_path, PATH_BYTES, "/v1/bills/%s", made_bill(&wire, ""));
    snprintf(ret_person, PATH_BYTES, "%s", made_person(&wire, "A person"));
    wire_close(&wire);
}

/* Many answers of the same, of which some are read again. */
static inline void ask_often(const char *url, const char *get)
{
    struct wire wire;

    turn_to(url);
    wire_open(&wire);
    for (int i = 0; i < OFTEN; i++)
        cr_assert_eq(
            wire_step(&wire, &(struct step){ .request = get, .as_admin = true })
                .status,
            200);
    wire_close(&wire);
}
