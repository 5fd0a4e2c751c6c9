/* SPDX-License-Identifier: MIT */
/* The fiber that connects, introduces us, and connects again. */
#include "redis/redis_impl.h"

#include "base/check.h"
#include "base/id.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <stdio.h>

static uint64_t now(const struct redis *redis)
{
    return loop_now_ns(redis->loop);
}

/* --- what is told --------------------------------------------------------- */

static void tell(const struct redis *redis, enum log_level level,
                 const char *what, const char *why)
{
    struct event event;

    event_begin(&event, level, what);
    event_string(&event, "dependency", redis->options.name);
    event_string(&event, "node", redis->options.address->node);
    if (why)
        event_string(&event, "why", why);
    event_end(&event);
}

static void show(const struct redis *redis)
{
    series_set(METRIC_SERIES(METRIC_BREAKER, redis->options.name),
               redis->breaker.state);
}

static void go_up(struct redis *redis)
{
    redis->up = true;
    redis->stats.connects++;
    tell(redis, LOG_INFO, "redis_up", NULL);
    if (redis->options.up)
        redis->options.up(redis->options.arg);
}

static void go_down(struct redis *redis, const char *why)
{
    bool was_up = redis->up;

    redis->up = false;
    redis->run_id[0] = '\0';
    if (!was_up)
        return;
    redis->stats.losses++;
    if (!redis->stopping)
        tell(redis, LOG_WARN, "redis_down", why);
    if (redis->options.down)
        redis->options.down(redis->options.arg);
}

/* --- introducing ourselves ------------------------------------------------ */

static YIELDS int ask(struct redis *redis, const struct text *words,
                      unsigned count, struct deadline until,
                      struct redis_reply **ret_reply, struct diag *diag)
{
    struct command *command = link_send(redis->link, words, count, until);
    struct redis_reply *reply = NULL;
    int r = command_wait(&command, &reply);

    if (r == 0 && reply->kind == REDIS_ERROR) {
        r = FAIL(diag, ERR_CONNECT_FAILED, "Redis refuses %.*s",
                 TEXT_ARG(words[0]));
        if (diag)
            snprintf(diag->cause, sizeof(diag->cause), "%.*s",
                     TEXT_ARG(reply->text));
    }
    if (r == 0 && ret_reply) {
        *ret_reply = reply;
        return 0;
    }
    redis_reply_free(&reply);
    return r < 0 && diag && diag->code == 0
               ? FAIL(diag, ERR_CONNECT_FAILED, "Redis does not answer")
               : r;
}

static YIELDS int authenticate(struct redis *redis, struct deadline until,
                               struct diag *diag)
{
    const struct redis_address *address = redis->options.address;
    struct text words[3] = { TEXT("AUTH") };
    unsigned count = 1;

    if (!address->password[0])
        return 0;
    if (address->user[0])
        words[count++] = text_of(address->user);
    words[count++] = text_of(address->password);
    return ask(redis, words, count, until, NULL, diag);
}

static YIELDS int choose(struct redis *redis, struct deadline until,
                         struct diag *diag)
{
    const char *number = redis->options.address->number;
    const struct text words[] = { TEXT("SELECT"), text_of(number) };

    return strcmp(number, "0") == 0
               ? 0
               : ask(redis, words, ARRAY_LEN(words), until, NULL, diag);
}

/* "…\r\nrun_id:0123…\r\n…" */
static bool find_run_id(struct text info, char *ret, size_t size)
{
    struct text line;

    while (text_cut(&info, '\n', &line)) {
        if (!text_starts_with(line, "run_id:"))
            continue;
        line = text_skip(line, strlen("run_id:"));
        while (line.len > 0 && line.at[line.len - 1] == '\r')
            line.len--;
        snprintf(ret, size, "%.*s", TEXT_ARG(line));
        return line.len > 0 && line.len < size;
    }
    return false;
}

static YIELDS int learn_run(struct redis *redis, struct deadline until,
                            struct diag *diag)
{
    const struct text words[] = { TEXT("INFO"), TEXT("server") };
    CLEANUP(redis_reply_free) struct redis_reply *info = NULL;
    int r = ask(redis, words, ARRAY_LEN(words), until, &info, diag);

    if (r == 0 &&
        !find_run_id(info->text, redis->run_id, sizeof(redis->run_id)))
        return FAIL(diag, ERR_CONNECT_FAILED, "Redis does not tell its run_id");
    return r;
}

static YIELDS int subscribe(struct redis *redis, struct deadline until,
                            struct diag *diag)
{
    const char *const *channel = redis->options.channels;
    int r = 0;

    for (; r == 0 && channel && *channel; channel++) {
        const struct text words[] = { TEXT("SUBSCRIBE"), text_of(*channel) };

        r = ask(redis, words, ARRAY_LEN(words), until, NULL, diag);
    }
    return r;
}

int redis__load(struct redis *redis, unsigned script, struct deadline until,
                struct diag *diag)
{
    const struct text words[] = { TEXT("SCRIPT"), TEXT("LOAD"),
                                  text_of(
                                      redis->options.scripts[script]->source) };
    CLEANUP(redis_reply_free) struct redis_reply *sha = NULL;
    int r = ask(redis, words, ARRAY_LEN(words), until, &sha, diag);

    if (r == 0) {
        redis->stats.loads++;
        snprintf(redis->sha[script], sizeof(redis->sha[script]), "%.*s",
                 TEXT_ARG(sha->text));
    }
    return r;
}

static YIELDS int load_all(struct redis *redis, struct deadline until,
                           struct diag *diag)
{
    int r = 0;

    for (unsigned i = 0; r == 0 && i < redis->options.script_count; i++)
        if (!redis->sha[i][0])
            r = redis__load(redis, i, until, diag);
    return r;
}

static YIELDS int introduce(struct redis *redis, struct deadline until,
                            struct diag *diag)
{
    int r = authenticate(redis, until, diag);

    if (r == 0)
        r = choose(redis, until, diag);
    if (r == 0)
        r = learn_run(redis, until, diag);
    if (r == 0)
        r = load_all(redis, until, diag);
    return r == 0 ? subscribe(redis, until, diag) : r;
}

/* --- one connection ------------------------------------------------------- */

static void on_lost(void *arg, int code, const char *why)
{
    struct redis *redis = arg;

    (void)code;
    go_down(redis, why);
    condition_broadcast(&redis->change);
}

static void on_message(void *arg, struct text channel, struct text message)
{
    const struct redis *redis = arg;

    redis->options.message(redis->options.arg, channel, message);
}

static YIELDS int connect_once(struct redis *redis, struct diag *diag)
{
    const struct link_listener listener = {
        .message = redis->options.message ? on_message : NULL,
        .lost = on_lost,
        .arg = redis,
    };
    struct deadline until =
        deadline_after(now(redis), redis->options.connect_timeout_ms);
    int r = link_open(redis->loop, redis->options.address, &listener, until,
                      &redis->link, diag);

    if (r == 0)
        r = introduce(redis, until, diag);
    if (r < 0)
        link_free(&redis->link);
    return r;
}

/* --- and again ------------------------------------------------------------ */

static void note(struct redis *redis, bool good)
{
    struct breaker *b = &redis->breaker;

    if (b->probing) {
        if (breaker_probed(b, good, now(redis)))
            tell(redis, LOG_INFO, "breaker_closed", NULL);
    } else if (breaker_note(b, !good, 0, now(redis))) {
        tell(redis, LOG_WARN, "breaker_open", NULL);
    }
    show(redis);
}

/* At once when it was just lost, later and later while it cannot be had. */
static YIELDS bool wait_turn(struct redis *redis, unsigned attempt)
{
    static const struct backoff backoff = { BREAKER_OPEN_MS / 8,
                                            BREAKER_CONNECT_MAX_MS };
    struct deadline at = { breaker_probe_at(&redis->breaker) };
    uint32_t chance;

    random_bytes(&chance, sizeof(chance));
    if (breaker_admits(&redis->breaker))
        at = deadline_after(
            now(redis),
            attempt == 0 ? 0 : backoff_equal_ms(backoff, attempt, chance));
    if (attempt > 0 && fiber_sleep(at) < 0)
        return false;
    return breaker_admits(&redis->breaker) ||
           breaker_wants_probe(&redis->breaker, now(redis));
}

static YIELDS void serve(struct redis *redis)
{
    go_up(redis);
    while (!redis->stopping && !link_is_dead(redis->link))
        if (condition_wait(&redis->change, DEADLINE_NEVER) < 0)
            break;
    go_down(redis, "it is stopped");
    link_free(&redis->link);
}

void redis__keep(void *arg)
{
    struct redis *redis = arg;
    int told = 0;

    show(redis);
    for (unsigned attempt = 0; !redis->stopping;) {
        struct diag diag;
        int r;

        if (!wait_turn(redis, attempt++))
            continue;
        diag_init(&diag, NULL);
        r = connect_once(redis, &diag);
        note(redis, r == 0);
        if (r < 0 && r != told && !redis->stopping)
            tell(redis, LOG_WARN, "redis_not_reached",
                 diag.cause[0] ? diag.cause : diag.detail);
        told = r;
        if (r < 0)
            continue;
        serve(redis);
        attempt = 0;
    }
    redis->keeper = NULL;
    condition_broadcast(&redis->change);
}
