/* SPDX-License-Identifier: MIT */
/* Two services at one Redis: what is spent at one is spent at the other. */
#include "support/own_redis.h"
#include "support/own_service.h"

enum { BURST = 1000, PORTION = 300, POLLS = 60, OUT = 429 };

struct house {
    struct own_redis redis;
    struct own_service own[2];
    struct wire wires[2];
};

static void pause_ms(long ms)
{
    const struct timespec pause = { .tv_nsec = ms * 1000000 };

    nanosleep(&pause, NULL);
}

static void house_open(struct house *house, const char *limit,
                       const char *burst)
{
    char url[160];
    const char *flags[] = { url, "--log-level=error", limit, burst, NULL };

    own_redis_start(&house->redis);
    snprintf(url, sizeof(url), "--redis-url=%s", house->redis.url);
    for (int i = 0; i < 2; i++) {
        house->own[i] = own_service_start_with(flags, STDERR_FILENO);
        wire_open(&house->wires[i]);
    }
}

static void house_close(struct house *house)
{
    for (int i = 0; i < 2; i++) {
        wire_close(&house->wires[i]);
        own_service_stop(&house->own[i]);
    }
    own_redis_end(&house->redis);
}

/* --- by address, one a second and BURST at once --------------------------- */

/* Asks once; what the field RateLimit says is left, or -1. */
static long ask(struct house *house, int at)
{
    struct wire *wire = &house->wires[at];
    struct answer answer;
    char field[64];
    long left = -1;

    arena_reset(&wire->arena);
    answer = wire_step(wire, &(struct step){ .request = "GET /nothing" });
    cr_assert(answer.status == 404 || answer.status == OUT, "%d",
              answer.status);
    snprintf(field, sizeof(field), "%.*s",
             TEXT_ARG(answer_header(&answer, "RateLimit")));
    cr_assert_eq(sscanf(field, "\"address\";r=%ld;", &left), 1, "%s", field);
    return left;
}

static void spend(struct house *house, int at, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        ask(house, at);
}

/* Asks now and then, far too seldom to spend so much by itself. */
static void expect_left_below(struct house *house, int at, long much,
                              long pause)
{
    long left = ask(house, at);

    for (int i = 0; i < POLLS && left >= much; i++) {
        pause_ms(pause);
        left = ask(house, at);
    }
    cr_expect_lt(left, much);
}

Test(shared_limits, what_is_left_is_told_alike_wherever_it_was_spent)
{
    struct house house;

    house_open(&house, "--rate-limit-address=1",
               "--rate-limit-address-burst=1000");
    spend(&house, 0, PORTION);
    expect_left_below(&house, 1, BURST - PORTION + POLLS, 50);
    spend(&house, 1, PORTION);
    expect_left_below(&house, 0, BURST - 2 * PORTION + 2 * POLLS, 50);
    house_close(&house);
}

Test(shared_limits, without_redis_each_counts_by_itself_and_they_share_again)
{
    struct house house;

    house_open(&house, "--rate-limit-address=1",
               "--rate-limit-address-burst=1000");
    own_redis_kill(&house.redis);
    spend(&house, 0, PORTION);
    cr_expect_geq(ask(&house, 1), BURST - 1, "of that it cannot know");
    cr_expect_lt(ask(&house, 0), BURST - PORTION + POLLS);
    own_redis_run(&house.redis, "");
    spend(&house, 0, PORTION);
    expect_left_below(&house, 1, BURST - PORTION + POLLS, 500);
    house_close(&house);
}

/* --- credentials, twenty in a minute -------------------------------------- */

static int guess(struct house *house, int at)
{
    struct wire *wire = &house->wires[at];

    arena_reset(&wire->arena);
    return wire_step(
               wire,
               &(struct step){ .request = "GET /v1/bills?limit=1",
                               .headers = "Authorization: Bearer pck_no\r\n" })
        .status;
}

/* How many guesses were looked at until it is enough. */
static unsigned guess_all(struct house *house, int at, long pause)
{
    unsigned looked_at = 0;

    while (guess(house, at) == 401 && looked_at < 1000) {
        looked_at++;
        pause_ms(pause);
    }
    return looked_at;
}

Test(shared_limits, guessing_is_slowed_at_all_instances_together)
{
    struct house house;

    house_open(&house, "--failed-credentials-limit=20", NULL);
    cr_expect_geq(guess_all(&house, 0, 0), 20);
    cr_expect_leq(guess_all(&house, 1, 100), 12);
    house_close(&house);
}
