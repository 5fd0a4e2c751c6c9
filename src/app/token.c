/* SPDX-License-Identifier: MIT */
/* `portcullis token`: a bearer token for a user, signed by an operator's key.
 */
#include "admin/tell.h"
#include "app/verb.h"
#include "auth/jwt_sign.h"
#include "base/clock.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

enum { KEY_BYTES_MAX = 64 * 1024, MINUTES_MAX = 366 * 24 * 60 };

static int read_key_file(const char *path, struct signing_key **ret_key,
                         struct diag *diag)
{
    CLEANUP(signing_key_wipe) struct buffer pem = { 0 };
    int error;

    buffer_init(&pem, KEY_BYTES_MAX);
    error = file_read(path, &pem);
    if (error)
        return FAIL(diag, ERR_INVALID_PARAMETER, "%s: %s", path,
                    strerror(error));
    return signing_key_from_pem(buffer_text(&pem), diag, ret_key);
}

static int find_key(const struct invocation *invocation, const char *path,
                    struct signing_key **ret_key, struct diag *diag)
{
    const char *secret =
        settings_text(invocation->settings, SETTING_JWT_SECRET);

    if (path)
        return read_key_file(path, ret_key, diag);
    if (secret[0])
        return signing_key_from_secret(text_of(secret), diag, ret_key);
    return FAIL(diag, ERR_INVALID_PARAMETER,
                "there is nothing to sign with: give --key FILE, a private key "
                "in PEM, or the setting jwt_secret");
}

static struct text setting_or_null(const struct invocation *invocation,
                                   enum setting id)
{
    const char *value = settings_text(invocation->settings, id);

    return value[0] ? text_of(value) : TEXT_NULL;
}

static void print_document(struct text token, const struct jwt_claims *claims)
{
    char until[CLOCK_TEXT_BYTES];

    clock_format((uint64_t)claims->expires_at_s * NS_PER_S, until);
    TELL({ .name = "token", .value = token },
         { .name = "subject", .value = claims->subject },
         { .name = "expires_at", .value = text_of(until) });
}

static int print_token(const struct invocation *invocation,
                       const struct signing_key *key, const char *subject,
                       int64_t minutes, bool json, struct diag *diag)
{
    CLEANUP(signing_key_wipe) struct buffer out = { 0 };
    int64_t now_s = (int64_t)(clock_wall_ns() / NS_PER_S);
    const struct jwt_claims claims = {
        .subject = text_of(subject),
        .issuer = setting_or_null(invocation, SETTING_JWT_ISSUER),
        .audience = setting_or_null(invocation, SETTING_JWT_AUDIENCE),
        .issued_at_s = now_s,
        .expires_at_s = now_s + minutes * 60,
    };
    int r;

    buffer_init(&out, KEY_BYTES_MAX);
    r = jwt_sign(key, &claims, diag, &out);
    if (r == 0 && json)
        print_document(buffer_text(&out), &claims);
    else if (r == 0)
        printf("%.*s\n", TEXT_ARG(buffer_text(&out)));
    return r;
}

int verb_token(struct invocation *invocation)
{
    CLEANUP(signing_key_free) struct signing_key *key = NULL;
    const char *path = take_option(invocation, "--key");
    bool json = take_flag(invocation, "--json");
    const char *subject;
    struct diag diag;
    int64_t minutes;
    int r;

    if (take_number(invocation, "--minutes", 1, MINUTES_MAX, 60, &minutes) !=
        EXIT_OK)
        return EXIT_USAGE;
    subject = take_argument(invocation);
    if (!subject)
        return usage(invocation, "token");
    if (check_no_more(invocation, "token") != EXIT_OK)
        return EXIT_USAGE;
    diag_init(&diag, NULL);
    r = find_key(invocation, path, &key, &diag);
    if (r == 0)
        r = print_token(invocation, key, subject, minutes, json, &diag);
    if (r == 0)
        return EXIT_OK;
    say("%s", diag.detail);
    return EXIT_CONFIG;
}
