/* SPDX-License-Identifier: MIT */
#include "admin/dev_tokens.h"

#include "admin/disk.h"
#include "auth/jwt_sign.h"
#include "base/clock.h"

#include <stdio.h>

enum { PEM_BYTES_MAX = 4096, LIFE_S = 31 * 24 * 3600 };

const struct dev_user_row dev_users[DEV_USER_COUNT] = {
    [DEV_ADMIN] = { "admin", "dev-admin" },
    [DEV_EDITOR] = { "editor", "dev-editor" },
    [DEV_VIEWER] = { "viewer", "dev-viewer" },
};

static int sign(const struct signing_key *key, enum dev_user user,
                char ret_token[static DEV_TOKEN_BYTES], struct refusal *why)
{
    CLEANUP(signing_key_wipe) struct buffer out = { 0 };
    int64_t now_s = (int64_t)(clock_wall_ns() / NS_PER_S);
    const struct jwt_claims claims = {
        .subject = text_of(dev_users[user].subject),
        .issuer = TEXT(DEV_ISSUER),
        .issued_at_s = now_s,
        .expires_at_s = now_s + LIFE_S,
    };
    struct diag diag;

    diag_init(&diag, NULL);
    buffer_init(&out, DEV_TOKEN_BYTES - 1);
    if (jwt_sign(key, &claims, &diag, &out) < 0)
        return refuse(why, EXIT_FAILED, "no token could be signed: %s",
                      diag.detail);
    snprintf(ret_token, DEV_TOKEN_BYTES, "%.*s", TEXT_ARG(buffer_text(&out)));
    return 0;
}

int dev_tokens_make(struct dev_tokens *tokens, const char *public_key_path,
                    struct refusal *why)
{
    CLEANUP(signing_key_free)
    struct signing_key *key = signing_key_new(ALGORITHM_EDDSA);
    CLEANUP(buffer_fini) struct buffer pem = { 0 };
    int r;

    buffer_init(&pem, PEM_BYTES_MAX);
    signing_key_public_pem(key, &pem);
    r = disk_replace(public_key_path, 0600, buffer_text(&pem), why);
    for (unsigned i = 0; r == 0 && i < DEV_USER_COUNT; i++)
        r = sign(key, (enum dev_user)i, tokens->of[i], why);
    return r;
}
