/* SPDX-License-Identifier: MIT */
/* What can be looked at from this machine alone, and Redis. */
#include "app/doctor.h"
#include "app/fitness.h"
#include "base/clock.h"
#include "base/memory.h"
#include "database/session.h"
#include "database/target.h"
#include "postgres/postgres.h"
#include "redis/redis.h"
#include "tls/tls.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DAY_S = 24 * 60 * 60, RENEW_DAYS = 14 };
enum { REDIS_MS = 1000, POLL_MS = 10, OWN_DESCRIPTORS = 128 };

static const char *text(const struct patient *patient, enum setting id)
{
    return settings_text(patient->settings, id);
}

enum verdict look_at_settings(struct patient *patient)
{
    struct fitness_report report = fitness_of(patient->settings, true);
    const char *environment = text(patient, SETTING_ENVIRONMENT);

    for (int i = 0; i < FITNESS_COUNT; i++)
        if (report.found[i] && fitness_is_dangerous((enum fitness)i))
            return seen(patient, VERDICT_BAD, "%s %s",
                        fitness_setting((enum fitness)i),
                        fitness_sentence((enum fitness)i));
    if (report.count > 0 && strcmp(environment, "production") == 0)
        return seen(patient, VERDICT_DOUBTFUL,
                    "%u settings are doubtful in production",
                    (unsigned)report.count);
    return seen(patient, VERDICT_FINE, "they can be read; environment %s",
                environment);
}

enum verdict look_at_files(struct patient *patient)
{
    static const enum setting paths[] = { SETTING_CONFIG, SETTING_JWT_KEYS };
    unsigned named = 0;

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        const char *path = text(patient, paths[i]);

        named += *path != '\0';
        if (*path && access(path, R_OK) != 0)
            return seen(patient, VERDICT_BAD, "%s: %s: %s",
                        setting_name(paths[i]), path, strerror(errno));
    }
    return seen(patient, VERDICT_FINE, "%u named, all can be read", named);
}

/* --- sockets --------------------------------------------------------------
 */

static void end_socket(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static int try_to_listen(const struct addrinfo *address)
{
    CLEANUP(end_socket) int fd = socket(address->ai_family, SOCK_STREAM, 0);
    int on = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        return errno;
    return bind(fd, address->ai_addr, address->ai_addrlen) == 0 &&
                   listen(fd, 1) == 0
               ? 0
               : errno;
}

enum verdict look_at_listen(struct patient *patient)
{
    static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                                           .ai_flags = AI_PASSIVE };
    const char *at = text(patient, SETTING_LISTEN);
    const char *colon = strrchr(at, ':');
    CLEANUP(memory_free) char *host = NULL;
    struct addrinfo *found = NULL;
    int error;

    host = *at == '[' ? memory_copy(at + 1, (size_t)(colon - at) - 2)
                      : memory_copy(at, (size_t)(colon - at));
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return seen(patient, VERDICT_BAD, "%s is no address here", at);
    error = try_to_listen(found);
    freeaddrinfo(found);
    if (error == EADDRINUSE)
        return seen(patient, VERDICT_DOUBTFUL,
                    "%s is in use: by the service itself?", at);
    return error ? seen(patient, VERDICT_BAD, "%s: %s", at, strerror(error))
                 : seen(patient, VERDICT_FINE, "%s is free", at);
}

/* --- the certificate ------------------------------------------------------
 */

enum verdict look_at_certificate(struct patient *patient)
{
    CLEANUP(tls_identity_free) struct tls_identity *identity = NULL;
    const char *path = text(patient, SETTING_TLS_CERTIFICATE);
    int64_t now_s = (int64_t)(clock_wall_ns() / NS_PER_S), from_s, until_s;
    struct diag diag;

    if (!*path)
        return seen(patient, VERDICT_FINE, "none is named: plain HTTP");
    diag_init(&diag, NULL);
    if (tls_identity_load(path, text(patient, SETTING_TLS_KEY), &identity,
                          &diag) < 0)
        return seen(patient, VERDICT_BAD, "%s", diag.detail);
    tls_identity_validity(identity, &from_s, &until_s);
    if (now_s < from_s || now_s >= until_s)
        return seen(patient, VERDICT_BAD, "%s is %s", path,
                    now_s < from_s ? "not good yet" : "good no more");
    return seen(
        patient,
        until_s - now_s < RENEW_DAYS * DAY_S ? VERDICT_DOUBTFUL : VERDICT_FINE,
        "good for %lld more days", (long long)((until_s - now_s) / DAY_S));
}

enum verdict look_at_descriptors(struct patient *patient)
{
    int64_t wanted = settings_int(patient->settings, SETTING_MAX_CONNECTIONS) +
                     settings_int(patient->settings, SETTING_POOL_MAX) +
                     OWN_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return seen(patient, VERDICT_DOUBTFUL, "%s", strerror(errno));
    return seen(patient,
                limit.rlim_max >= (rlim_t)wanted ? VERDICT_FINE
                                                 : VERDICT_DOUBTFUL,
                "%llu may be open, %lld may be needed",
                (unsigned long long)limit.rlim_max, (long long)wanted);
}

/* --- servers --------------------------------------------------------------
 */

static int do_nothing(struct connection *connection, void *arg,
                      struct diag *diag)
{
    (void)connection, (void)arg, (void)diag;
    return 0;
}

enum verdict look_at_database(struct patient *patient)
{
    CLEANUP(target_free) struct target *target = NULL;
    const char *url = text(patient, SETTING_DATABASE_URL);
    struct diag diag;

    diag_init(&diag, NULL);
    if (!*url)
        return seen(patient, VERDICT_BAD, "DATABASE_URL is not set");
    if (target_parse(text_of(url), &target, &diag) < 0)
        return seen(patient, VERDICT_BAD, "%s", diag.detail);
    if (database_session(&postgres_driver, text_of(url), do_nothing, NULL,
                         &diag) < 0)
        return seen(patient, VERDICT_BAD, "%s: %s (%s)", target_masked(target),
                    diag.detail, diag.cause);
    return seen(patient, VERDICT_FINE, "%s answers", target_masked(target));
}

struct asking {
    struct redis_address address;
    struct diag diag;
    int result;
};

static void ask_redis(void *arg)
{
    struct asking *asking = arg;
    const struct redis_options options = { .address = &asking->address,
                                           .name = "redis",
                                           .connect_timeout_ms = REDIS_MS };
    struct redis *redis = redis_start(fiber_loop(fiber_self()), &options);
    struct deadline until = deadline_after(clock_monotonic_ns(), REDIS_MS);
    const struct text ping = TEXT("PING");
    struct redis_reply *reply = NULL;
    int r = 0;

    while (r == 0 && !redis_is_up(redis) &&
           deadline_left_ns(until, clock_monotonic_ns()) > 0)
        r = fiber_sleep(deadline_after(clock_monotonic_ns(), POLL_MS));
    asking->result =
        r < 0 ? r : redis_call(redis, &ping, 1, until, &reply, &asking->diag);
    if (asking->result == 0 && reply->kind == REDIS_ERROR)
        asking->result =
            FAIL(&asking->diag, ERR_UNAVAILABLE, "%.*s", TEXT_ARG(reply->text));
    redis_reply_free(&reply);
    redis_stop(&redis);
}

enum verdict look_at_redis(struct patient *patient)
{
    const char *url = text(patient, SETTING_REDIS_URL);
    struct asking asking = { .result = 0 };
    enum verdict verdict;

    if (!*url)
        return seen(patient, VERDICT_SKIPPED, "REDIS_URL is not set");
    diag_init(&asking.diag, NULL);
    if (redis_address_parse(text_of(url), &asking.address, &asking.diag) < 0)
        return seen(patient, VERDICT_BAD, "%s", asking.diag.detail);
    redis_address_use_password(&asking.address,
                               text(patient, SETTING_REDIS_PASSWORD));
    fiber_run_alone("asking redis", ask_redis, &asking);
    verdict =
        asking.result == 0
            ? seen(patient, VERDICT_FINE, "%s answers", asking.address.node)
            : seen(patient, VERDICT_BAD, "%s: %s", asking.address.node,
                   asking.diag.detail);
    redis_address_fini(&asking.address);
    return verdict;
}
