/* SPDX-License-Identifier: MIT */
#include "admin/key.h"

#include "admin/exit.h"
#include "admin/tell.h"
#include "auth/api_key.h"
#include "base/clock.h"
#include "base/id.h"
#include "database/session.h"
#include "store/freshness.h"
#include "json/field.h"

#include <stdio.h>
#include <time.h>

enum { KEY_MS = 10000, SCOPES_BYTES = 8192, LIST_BYTES_MAX = 16 << 20 };

static int run(const struct key_options *options,
               int (*body)(struct connection *connection, void *arg,
                           struct diag *diag))
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(options->driver, text_of(options->url), body,
                         (void *)options, &diag);
    if (r == 0)
        return EXIT_OK;
    say("%s", diag.detail);
    return (int)exit_of_error(r);
}

static YIELDS int ask(struct connection *connection,
                      const struct statement *statement,
                      const struct text *params, unsigned count,
                      struct rows **ret_rows, struct diag *diag)
{
    return connection_query(connection, statement, params, count,
                            deadline_after(clock_monotonic_ns(), KEY_MS),
                            ret_rows, diag);
}

/* --- create --------------------------------------------------------------- */

/* "a:b,c:d" as the database writes lists. */
static int write_scopes(const char *scopes, struct buffer *list,
                        struct diag *diag)
{
    struct text rest = text_of(scopes), scope;
    char before = '{';

    while (text_cut(&rest, ',', &scope)) {
        if (!format_permission_key.accepts(scope))
            return FAIL(diag, ERR_INVALID_PARAMETER,
                        "--scopes: \"%s\" is no permission key",
                        text_label(scope).at);
        buffer_add_byte(list, before);
        buffer_add_text(list, scope);
        before = ',';
    }
    buffer_add_byte(list, '}');
    if (buffer_overflown(list))
        return FAIL(diag, ERR_INVALID_PARAMETER, "--scopes: too many");
    return 0;
}

/* $1 user, $2 name, $3 prefix, $4 hash, $5 scopes, $6 days; no row: no user. */
static const struct statement make_key = {
    .name = "key_make",
    .collection = "api_keys",
    .sql = "INSERT INTO api_keys"
           " (user_id, name, prefix, secret_hash, scopes, expires_at)"
           " SELECT id, $2, $3, $4::bytea, $5::text[],"
           " now() + make_interval(days => $6::int) FROM users"
           " WHERE deleted_at IS NULL AND $1 IN (id::text, external_id,"
           " lower(email)) ORDER BY $1 = id::text DESC,"
           " $1 = external_id DESC LIMIT 1 RETURNING id",
};

static int insert(struct connection *connection,
                  const struct key_options *options, const struct api_key *key,
                  const struct buffer *scopes, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    char hash[2 + 2 * MAC_BYTES + 1] = "\\x", days[16];
    const struct text params[] = {
        text_of(options->of),
        text_of(options->name),
        text_of(key->prefix),
        text_from(hash, sizeof(hash) - 1),
        options->scopes ? buffer_text(scopes) : TEXT_NULL,
        options->days ? text_from(days, (size_t)snprintf(days, sizeof(days),
                                                         "%u", options->days))
                      : TEXT_NULL,
    };
    int r;

    hex_format(key->hash.bytes, MAC_BYTES, hash + 2);
    r = ask(connection, &make_key, params, ARRAY_LEN(params), &rows, diag);
    if (r < 0)
        return r;
    if (rows_count(rows) == 0)
        return FAIL(diag, ERR_INVALID_PARAMETER, "there is no user \"%s\"",
                    options->of);
    say("the key %.*s; this is shown once:", TEXT_ARG(rows_get(rows, 0, 0)));
    if (options->json)
        TELL({ .name = "id", .value = rows_get(rows, 0, 0) },
             { .name = "key", .value = text_of(key->text) });
    else
        printf("%s\n", key->text);
    return 0;
}

static int create(struct connection *connection, void *arg, struct diag *diag)
{
    const struct key_options *options = arg;
    CLEANUP(api_key_wipe) struct api_key key = api_key_make();
    CLEANUP(buffer_fini) struct buffer scopes = { .limit = SCOPES_BYTES };
    int r = 0;

    if (options->scopes)
        r = write_scopes(options->scopes, &scopes, diag);
    return r < 0 ? r : insert(connection, options, &key, &scopes, diag);
}

int key_create_command(const struct key_options *options)
{
    if (options->of && options->name)
        return run(options, create);
    say("key create takes a user, and --name with what the key is for");
    return EXIT_USAGE;
}

/* --- list ----------------------------------------------------------------- */

static const struct statement list_keys = {
    .name = "key_list",
    .collection = "api_keys",
    .sql = "SELECT k.id, k.prefix, u.email, k.name,"
           " coalesce(array_to_string(k.scopes, ','), 'all'),"
           " coalesce(to_char(k.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'),"
           " 'never'), coalesce(to_char(k.last_used_at AT TIME ZONE 'UTC',"
           " 'YYYY-MM-DD HH24:MI'), 'never')"
           " FROM api_keys AS k JOIN users AS u ON u.id = k.user_id"
           " WHERE k.deleted_at IS NULL AND ($1::text IS NULL"
           " OR $1 IN (u.id::text, u.external_id, lower(u.email)))"
           " ORDER BY k.id LIMIT 10000",
};

enum { KEY_COLUMNS = 7 };

static void print_lines(const struct rows *rows)
{
    printf("id\tprefix\tuser\tname\tscopes\texpires\tlast used\n");
    for (unsigned i = 0; i < rows_count(rows); i++)
        for (unsigned column = 0; column < KEY_COLUMNS; column++)
            printf("%.*s%c", TEXT_ARG(rows_get(rows, i, column)),
                   column < KEY_COLUMNS - 1 ? '\t' : '\n');
}

static void print_document(const struct rows *rows)
{
    static const char *const names[KEY_COLUMNS] = {
        "id", "prefix", "user", "name", "scopes", "expires", "last_used",
    };
    CLEANUP(buffer_fini) struct buffer out = { .limit = LIST_BYTES_MAX };

    for (unsigned i = 0; i < rows_count(rows); i++) {
        struct told members[KEY_COLUMNS];

        for (unsigned k = 0; k < KEY_COLUMNS; k++)
            members[k] = (struct told){ .name = names[k],
                                        .value = rows_get(rows, i, k) };
        buffer_add_string(&out, i > 0 ? ",\n" : "");
        tell_object(members, KEY_COLUMNS, &out);
    }
    printf("[%.*s]\n", TEXT_ARG(buffer_text(&out)));
}

static int list(struct connection *connection, void *arg, struct diag *diag)
{
    const struct key_options *options = arg;
    CLEANUP(rows_unref) struct rows *rows = NULL;
    const struct text of = text_of(options->of);
    int r = ask(connection, &list_keys, &of, 1, &rows, diag);

    if (r < 0)
        return r;
    (options->json ? print_document : print_lines)(rows);
    return 0;
}

int key_list_command(const struct key_options *options)
{
    return run(options, list);
}

/* --- revoke --------------------------------------------------------------- */

static const struct statement revoke_key = {
    .name = "key_revoke",
    .collection = "api_keys",
    .sql = "UPDATE api_keys SET deleted_at = now()"
           " WHERE id = $1::uuid AND deleted_at IS NULL",
};

/* By then whoever has not heard of it has no lease (store/freshness.h). */
static void wait_for_leases(void)
{
    const struct timespec settle = { .tv_nsec =
                                         RIGHTS_SETTLE_MS * (long)NS_PER_MS };

    nanosleep(&settle, NULL);
}

static int revoke(struct connection *connection, void *arg, struct diag *diag)
{
    const struct key_options *options = arg;
    CLEANUP(rows_unref) struct rows *rows = NULL;
    const struct text id = text_of(options->of);
    struct uuid parsed;
    int r;

    if (!uuid_parse(id, &parsed))
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "a key is revoked by its id, as `key list` shows it");
    r = ask(connection, &revoke_key, &id, 1, &rows, diag);
    if (r < 0)
        return r;
    if (rows_affected(rows) == 0)
        return FAIL(diag, ERR_INVALID_PARAMETER, "there is no key %s",
                    options->of);
    wait_for_leases();
    say("revoked: no instance takes it any more");
    if (options->json)
        TELL({ .name = "revoked", .value = id });
    return 0;
}

int key_revoke_command(const struct key_options *options)
{
    if (options->of)
        return run(options, revoke);
    say("key revoke takes the key's id");
    return EXIT_USAGE;
}
