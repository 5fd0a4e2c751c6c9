/* SPDX-License-Identifier: MIT */
#include "app/key_keeper.h"

#include "base/check.h"
#include "base/memory.h"
#include "fetch/fetch.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

enum {
    DOCUMENT_BYTES_MAX = 256 * 1024,
    FETCH_MS = 5000,
    LOOK_MS = 1000, /* from one look at the file to the next */
};

/* --- nudges --------------------------------------------------------------- */

static void nudge(struct nudge *nudge, struct loop *loop)
{
    if (!atomic_exchange(&nudge->is_sent, true))
        loop_post(loop, &nudge->post);
}

static void on_want(void *arg)
{
    struct key_keeper *keeper = arg;

    atomic_store(&keeper->want.is_sent, false);
    condition_broadcast(&keeper->wanted);
}

static void on_told(void *arg)
{
    struct key_waiter *waiter = arg;

    atomic_store(&waiter->told.is_sent, false);
    condition_broadcast(&waiter->changed);
}

/* --- fetching ------------------------------------------------------------- */

static const char *url_of(const struct key_keeper *keeper)
{
    return settings_text(keeper->settings, SETTING_JWKS_URL);
}

static struct deadline in_ms(const struct key_keeper *keeper, uint64_t ms)
{
    return deadline_after(loop_now_ns(keeper->loop), ms);
}

/* What comes from where the keys no longer are is of no use. */
static bool has_moved(const struct key_keeper *keeper, const char *url)
{
    return strcmp(url, url_of(keeper)) != 0;
}

static const char *ca_file_of(const struct settings *settings)
{
    return settings_text(settings, SETTING_JWKS_CA_FILE);
}

static YIELDS int fetch_keys(struct key_keeper *keeper, const char *url,
                             const char *ca_file, struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer document = { 0 };
    const struct fetch_request request = {
        .url = url,
        .accept = "application/jwk-set+json, application/json",
        .ca_file = *ca_file ? ca_file : NULL,
    };
    int r, status = 0;

    buffer_init(&document, DOCUMENT_BYTES_MAX);
    r = fetch(&request, in_ms(keeper, FETCH_MS), &document, &status, diag);
    if (r < 0)
        return r;
    if (status != 200)
        return FAIL(diag, ERR_UNAVAILABLE, "the issuer answered %d", status);
    if (has_moved(keeper, url))
        return 0;
    return keyring_publish(keeper->keyring, buffer_text(&document), diag);
}

static void tell_failure(const char *name, const struct diag *why)
{
    struct event event;

    event_begin(&event, LOG_WARN, name);
    event_diag(&event, why);
    event_end(&event);
}

static void tell_waiters(struct key_keeper *keeper, bool ok)
{
    pthread_mutex_lock(&keeper->lock);
    jwks_refresh_end(&keeper->refresh, ok, loop_now_ns(keeper->loop));
    keeper->done = keeper->begun;
    list_each (&keeper->waiters, struct key_waiter, waiter, link)
        nudge(&waiter->told, waiter->loop);
    pthread_mutex_unlock(&keeper->lock);
}

/* As if it had just started. */
static void begin_anew(struct key_keeper *keeper)
{
    int64_t ms = settings_int(keeper->settings, SETTING_JWKS_INTERVAL);

    pthread_mutex_lock(&keeper->lock);
    if (!keeper->refresh.is_under_way)
        jwks_refresh_init(&keeper->refresh, (uint64_t)ms * NS_PER_MS,
                          loop_now_ns(keeper->loop));
    keeper->is_running = *url_of(keeper) != '\0';
    pthread_mutex_unlock(&keeper->lock);
}

/* One that was begun, by whoever. */
static YIELDS void refresh(struct key_keeper *keeper)
{
    CLEANUP(memory_free) char *url = memory_format("%s", url_of(keeper));
    CLEANUP(memory_free)
    char *ca_file = memory_format("%s", ca_file_of(keeper->settings));
    struct diag why;
    int r;

    diag_init(&why, NULL);
    r = fetch_keys(keeper, url, ca_file, &why);
    if (r < 0 && r != -ERR_CANCELLED)
        tell_failure("keys_not_fetched", &why);
    series_add(METRIC_SERIES(METRIC_JWKS_FETCHES, r < 0 ? "failed" : "ok"), 1);
    tell_waiters(keeper, r == 0);
    if (has_moved(keeper, url))
        begin_anew(keeper);
}

static void look_at_file(struct key_keeper *keeper)
{
    struct diag why;
    bool was_read;
    int r;

    diag_init(&why, NULL);
    r = keyring_look(keeper->keyring, &was_read, &why);
    if (r < 0)
        tell_failure("keys_not_read", &why);
    else if (was_read)
        log_line(LOG_INFO, "keys_read", "the file of jwt_keys was written");
}

/* --- when ----------------------------------------------------------------- */

static void begin(struct key_keeper *keeper)
{
    jwks_refresh_begin(&keeper->refresh);
    keeper->begun++;
}

/* Is there one to be done: due, or begun by somebody who asked? */
static bool take_turn(struct key_keeper *keeper)
{
    bool is_due;

    pthread_mutex_lock(&keeper->lock);
    if (*url_of(keeper) &&
        jwks_refresh_is_due(&keeper->refresh, loop_now_ns(keeper->loop)))
        begin(keeper);
    is_due = keeper->begun != keeper->done;
    pthread_mutex_unlock(&keeper->lock);
    return is_due;
}

static struct deadline next_turn(struct key_keeper *keeper)
{
    struct deadline look = in_ms(keeper, LOOK_MS), next = look;

    pthread_mutex_lock(&keeper->lock);
    if (*url_of(keeper))
        next = jwks_refresh_next(&keeper->refresh);
    pthread_mutex_unlock(&keeper->lock);
    return deadline_earlier(look, next);
}

static void run(void *arg)
{
    struct key_keeper *keeper = arg;

    while (!fiber_is_cancelled(fiber_self())) {
        if (take_turn(keeper)) {
            refresh(keeper);
            continue;
        }
        look_at_file(keeper);
        if (condition_wait(&keeper->wanted, next_turn(keeper)) ==
            -ERR_CANCELLED)
            break;
    }
    keeper->fiber = NULL;
    condition_broadcast(&keeper->ended);
}

/* --- asking --------------------------------------------------------------- */

/* The number of the fetch to wait for; 0: it is not worth it. */
static uint64_t ask(struct key_keeper *keeper, uint64_t now_ns)
{
    uint64_t number = 0;

    pthread_mutex_lock(&keeper->lock);
    if (keeper->is_running) {
        switch (jwks_refresh_ask(&keeper->refresh, now_ns)) {
        case JWKS_START:
            begin(keeper);
            nudge(&keeper->want, keeper->loop);
            number = keeper->begun;
            break;
        case JWKS_JOIN:
            number = keeper->begun;
            break;
        case JWKS_REFUSE:
            break;
        }
    }
    pthread_mutex_unlock(&keeper->lock);
    return number;
}

static bool is_done(struct key_keeper *keeper, uint64_t number)
{
    bool is_done;

    pthread_mutex_lock(&keeper->lock);
    is_done = keeper->done >= number;
    pthread_mutex_unlock(&keeper->lock);
    return is_done;
}

bool key_waiter_ask(struct key_waiter *waiter, struct deadline until)
{
    uint64_t number = ask(waiter->keeper, loop_now_ns(waiter->loop));

    if (number == 0)
        return false;
    while (!is_done(waiter->keeper, number))
        if (condition_wait(&waiter->changed, until) < 0)
            return false;
    return true;
}

/* --- life ----------------------------------------------------------------- */

void key_keeper_init(struct key_keeper *keeper, struct keyring *keyring,
                     const struct settings *settings)
{
    *keeper = (struct key_keeper){ .keyring = keyring, .settings = settings };
    keeper->want.post = (struct post){ .run = on_want, .arg = keeper };
    pthread_mutex_init(&keeper->lock, NULL);
    condition_init(&keeper->wanted);
    condition_init(&keeper->ended);
    list_init(&keeper->waiters);
}

void key_keeper_fini(struct key_keeper *keeper)
{
    if (keeper->keyring)
        pthread_mutex_destroy(&keeper->lock);
}

static void stop_asking(struct key_keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->is_running = false;
    pthread_mutex_unlock(&keeper->lock);
}

void key_keeper_start(struct key_keeper *keeper, struct loop *loop)
{
    keeper->loop = loop;
    begin_anew(keeper);
    if (fiber_start(loop, "keys", run, keeper, &keeper->fiber) == 0)
        return;
    log_line(LOG_WARN, "keys_not_kept", "no memory for a fiber");
    stop_asking(keeper);
}

void key_keeper_adopt(struct key_keeper *keeper,
                      const struct settings *settings)
{
    bool moved =
        has_moved(keeper, settings_text(settings, SETTING_JWKS_URL)) ||
        strcmp(ca_file_of(settings), ca_file_of(keeper->settings)) != 0;
    struct diag why;

    diag_init(&why, NULL);
    keeper->settings = settings;
    if (keyring_apply(keeper->keyring, settings, &why) < 0)
        tell_failure("keys_not_read", &why);
    if (!moved || !keeper->fiber)
        return;
    begin_anew(keeper);
    condition_broadcast(&keeper->wanted);
}

void key_keeper_stop(struct key_keeper *keeper)
{
    if (!keeper->fiber)
        return;
    stop_asking(keeper);
    fiber_end(&keeper->fiber, &keeper->ended);
}

void key_waiter_start(struct key_waiter *waiter, struct key_keeper *keeper,
                      struct loop *loop)
{
    *waiter = (struct key_waiter){ .keeper = keeper, .loop = loop };
    waiter->told.post = (struct post){ .run = on_told, .arg = waiter };
    condition_init(&waiter->changed);
    pthread_mutex_lock(&keeper->lock);
    list_push_back(&keeper->waiters, &waiter->link);
    pthread_mutex_unlock(&keeper->lock);
}

void key_waiter_stop(struct key_waiter *waiter)
{
    pthread_mutex_lock(&waiter->keeper->lock);
    list_remove(&waiter->link);
    pthread_mutex_unlock(&waiter->keeper->lock);
}
