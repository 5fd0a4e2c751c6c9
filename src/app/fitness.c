/* SPDX-License-Identifier: MIT */
#include "app/fitness.h"

#include "app/encryption.h"
#include "app/keyring.h"
#include "app/role_rights.h"
#include "base/clock.h"
#include "base/memory.h"
#include "database/session.h"
#include "database/target.h"
#include "postgres/postgres.h"
#include "redis/address.h"
#include "tls/tls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SECRET_LEAST = 32, ASK_MS = 5000 };

struct subject {
    const struct settings *settings;
    struct target *target; /* NULL: none was given */
    bool asked, answered;  /* the database */
    struct role_rights role;
};

static const char *text(const struct subject *subject, enum setting id)
{
    return settings_text(subject->settings, id);
}

static bool is_zero(const struct subject *subject, enum setting id)
{
    return settings_int(subject->settings, id) == 0;
}

/* --- the database -------------------------------------------------------- */

static bool is_no_database(const struct subject *subject)
{
    return !text(subject, SETTING_DATABASE_URL)[0];
}

/* Sockets of this machine, and its own interface. */
static bool is_near(const char *host)
{
    static const char *const near[] = { "", "localhost", "127.0.0.1", "::1" };

    for (size_t i = 0; i < ARRAY_LEN(near); i++)
        if (strcmp(host, near[i]) == 0)
            return true;
    return host[0] == '/';
}

/* The value that counts, of an option that may be given twice; "": none. */
static const char *option(const struct target *target, const char *name)
{
    unsigned count = 0;
    const struct target_option *options = target_options(target, &count);
    const char *value = "";

    for (unsigned i = 0; i < count; i++)
        if (strcmp(options[i].name, name) == 0)
            value = options[i].value;
    return value;
}

static bool are_near(const char *hosts)
{
    struct text rest = text_of(hosts), host;
    bool near = true;

    while (near && rest.len > 0 && text_cut(&rest, ',', &host)) {
        CLEANUP(memory_free) char *name = memory_copy(host.at, host.len);

        near = is_near(name);
    }
    return near;
}

/*
 * An address goes before the host it is for, and where there is no host, what
 * else libpq looks at may say where it is.
 */
static bool is_elsewhere(const struct target *target)
{
    const char *host = target_host(target);
    const char *address = option(target, "hostaddr");
    const char *const variables[] = { "PGHOST", "PGHOSTADDR", "PGSERVICE" };
    bool elsewhere = !are_near(host) || !are_near(address) ||
                     (!*host && *option(target, "service"));

    for (size_t i = 0; !*host && i < ARRAY_LEN(variables); i++) {
        const char *value = getenv(variables[i]);

        elsewhere |= value && !are_near(value);
    }
    return elsewhere;
}

static bool is_plaintext(const struct target *target)
{
    return is_elsewhere(target) &&
           strcmp(option(target, "sslmode"), "verify-full") != 0;
}

static bool is_unusable_database(const struct subject *subject)
{
    return !is_no_database(subject) && !subject->target;
}

static bool is_plaintext_url(struct text url)
{
    CLEANUP(target_free) struct target *target = NULL;

    return target_parse(url, &target, NULL) == 0 && is_plaintext(target);
}

static bool allows_plaintext(const struct subject *subject)
{
    return settings_bool(subject->settings, SETTING_ALLOW_PLAINTEXT_DATABASE);
}

static bool is_plaintext_database(const struct subject *subject)
{
    return subject->target && is_plaintext(subject->target) &&
           !allows_plaintext(subject);
}

static bool is_plaintext_replica(const struct subject *subject)
{
    struct text urls = text_of(text(subject, SETTING_DATABASE_REPLICA_URLS));
    struct text url;
    bool found = false;

    while (urls.len > 0 && text_cut(&urls, ',', &url))
        found |= is_plaintext_url(url);
    return found && !allows_plaintext(subject);
}

static bool is_plaintext_redis(const struct subject *subject)
{
    struct text url = text_of(text(subject, SETTING_REDIS_URL));
    struct redis_address address;
    bool found;

    if (url.len == 0 || redis_address_parse(url, &address, NULL) < 0)
        return false;
    found = !address.path && !is_near(address.host);
    redis_address_fini(&address);
    return found;
}

static bool is_database_superuser(const struct subject *subject)
{
    return subject->role.is_superuser;
}

static bool is_database_bypass(const struct subject *subject)
{
    return subject->role.bypasses && !subject->role.is_superuser;
}

static bool is_database_owner(const struct subject *subject)
{
    return subject->role.owns && !subject->role.is_superuser;
}

static bool is_database_unreachable(const struct subject *subject)
{
    return subject->asked && !subject->answered;
}

/* --- settings ------------------------------------------------------------ */

static bool is_other_environment(const struct subject *subject)
{
    return strcmp(text(subject, SETTING_ENVIRONMENT), "production") != 0;
}

static bool is_no_cursor_key(const struct subject *subject)
{
    return !text(subject, SETTING_CURSOR_KEY)[0];
}

static bool is_short_cursor_key(const struct subject *subject)
{
    return !is_no_cursor_key(subject) &&
           strlen(text(subject, SETTING_CURSOR_KEY)) < SECRET_LEAST;
}

static bool is_any_origin(const struct subject *subject)
{
    return strcmp(text(subject, SETTING_CORS_ORIGINS), "*") == 0;
}

/* Whoever ends TLS in front of us is named, and comes from nowhere else. */
static bool is_encrypted(const struct subject *subject)
{
    return text(subject, SETTING_TLS_CERTIFICATE)[0] ||
           text(subject, SETTING_TRUSTED_PROXIES)[0];
}

static bool is_open_listener(const struct subject *subject)
{
    struct text listen = text_of(text(subject, SETTING_LISTEN));

    return !is_encrypted(subject) && !text_starts_with(listen, "127.") &&
           !text_starts_with(listen, "[::1]:") &&
           !text_starts_with(listen, "localhost:");
}

/* Where operators have a listener of their own nobody else reaches it. */
static bool is_public_metrics(const struct subject *subject)
{
    return settings_bool(subject->settings, SETTING_PUBLIC_METRICS) &&
           !text(subject, SETTING_ADMIN_LISTEN)[0];
}

static bool is_debug_log(const struct subject *subject)
{
    return strcmp(text(subject, SETTING_LOG_LEVEL), "debug") == 0;
}

static bool is_no_drain_delay(const struct subject *subject)
{
    return is_zero(subject, SETTING_DRAIN_DELAY);
}

static bool is_no_address_limit(const struct subject *subject)
{
    return is_zero(subject, SETTING_RATE_LIMIT_ADDRESS);
}

static bool is_no_caller_limit(const struct subject *subject)
{
    return is_zero(subject, SETTING_RATE_LIMIT);
}

static bool is_no_guess_limit(const struct subject *subject)
{
    return is_zero(subject, SETTING_FAILED_CREDENTIALS_LIMIT);
}

/* --- tokens --------------------------------------------------------------- */

static bool is_unusable_keys(const struct subject *subject)
{
    CLEANUP(keyring_free) struct keyring *keyring = NULL;

    return keyring_new(subject->settings, &keyring, NULL) < 0;
}

static bool is_no_token_keys(const struct subject *subject)
{
    return !text(subject, SETTING_JWT_KEYS)[0] &&
           !text(subject, SETTING_JWKS_URL)[0] &&
           !text(subject, SETTING_JWT_SECRET)[0];
}

static bool is_shared_secret(const struct subject *subject)
{
    return text(subject, SETTING_JWT_SECRET)[0];
}

/* 32 random characters of any alphabet have more than eight different ones. */
static bool is_guessable(const char *secret)
{
    static const char *const known[] = {
        "local-work", "change-me", "changeme", "password", "example", "default",
    };
    bool seen[256] = { false };
    unsigned different = 0;

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcasestr(secret, known[i]))
            return true;
    for (const char *c = secret; *c; c++) {
        different += !seen[(unsigned char)*c];
        seen[(unsigned char)*c] = true;
    }
    return *secret && different <= 8;
}

static bool is_guessable_secret(const struct subject *subject)
{
    return is_guessable(text(subject, SETTING_JWT_SECRET)) ||
           is_guessable(text(subject, SETTING_CURSOR_KEY));
}

static bool is_no_issuer(const struct subject *subject)
{
    return !is_no_token_keys(subject) && !text(subject, SETTING_JWT_ISSUER)[0];
}

static bool is_no_audience(const struct subject *subject)
{
    return !is_no_token_keys(subject) &&
           !text(subject, SETTING_JWT_AUDIENCE)[0];
}

/* --- files --------------------------------------------------------------- */

static bool is_readable_by_all(const char *path)
{
    struct stat found;

    return path && path[0] && stat(path, &found) == 0 &&
           found.st_mode & S_IROTH;
}

static bool is_unusable_tls(const struct subject *subject)
{
    struct tls_identity *identity = NULL;
    bool unusable = tls_identity_of(subject->settings, &identity, NULL) < 0;

    tls_identity_free(&identity);
    return unusable;
}

static bool is_readable_tls_key(const struct subject *subject)
{
    return is_readable_by_all(text(subject, SETTING_TLS_KEY));
}

static bool is_readable_config(const struct subject *subject)
{
    return is_readable_by_all(text(subject, SETTING_CONFIG));
}

/* The origin of what came from a file is its variable, PORTCULLIS_…_FILE. */
static bool is_readable_secret(const struct subject *subject)
{
    for (enum setting id = 0; id < SETTING_COUNT; id++) {
        const char *origin = settings_origin_text(subject->settings, id);

        if (settings_origin(subject->settings, id) == ORIGIN_ENVIRONMENT &&
            text_ends_with(text_of(origin), "_FILE") &&
            is_readable_by_all(getenv(origin)))
            return true;
    }
    return false;
}

/* --- the table ----------------------------------------------------------- */

enum badness { DOUBTFUL, DANGEROUS };

#define FITNESS(name, badness, setting, sentence) \
    [FITNESS_##name] = { is_##name, badness, #name, setting, sentence },
static const struct {
    bool (*is_found)(const struct subject *subject);
    enum badness badness;
    const char *name, *setting, *sentence;
} questions[FITNESS_COUNT] = {
#include "app/fitness.def"
};
#undef FITNESS

bool fitness_is_dangerous(enum fitness fitness)
{
    return questions[fitness].badness == DANGEROUS;
}

const char *fitness_name(enum fitness fitness)
{
    return questions[fitness].name;
}

const char *fitness_setting(enum fitness fitness)
{
    return questions[fitness].setting;
}

const char *fitness_sentence(enum fitness fitness)
{
    return questions[fitness].sentence;
}

/* --- asking -------------------------------------------------------------- */

static int ask_role(struct connection *connection, void *arg, struct diag *diag)
{
    struct subject *subject = arg;
    int r = role_rights_ask(connection,
                            deadline_after(clock_monotonic_ns(), ASK_MS),
                            &subject->role, diag);

    subject->answered = r == 0;
    return r;
}

static void ask(struct subject *subject)
{
    struct diag diag;

    diag_init(&diag, NULL);
    subject->asked = true;
    if (database_session(&postgres_driver,
                         text_of(text(subject, SETTING_DATABASE_URL)), ask_role,
                         subject, &diag) < 0)
        subject->answered = false;
}

struct fitness_report fitness_of(const struct settings *settings,
                                 bool ask_database)
{
    struct subject subject = { .settings = settings };
    struct fitness_report report = { 0 };
    struct diag diag;

    diag_init(&diag, NULL);
    if (!is_no_database(&subject) &&
        target_parse(text_of(text(&subject, SETTING_DATABASE_URL)),
                     &subject.target, &diag) == 0 &&
        ask_database)
        ask(&subject);
    for (int i = 0; i < FITNESS_COUNT; i++) {
        report.found[i] = questions[i].is_found(&subject);
        report.count += report.found[i];
    }
    target_free(&subject.target);
    return report;
}
