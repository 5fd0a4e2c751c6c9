/* SPDX-License-Identifier: MIT */
/*
 * The certificate that clients see. A reload reads its files again, changed
 * names or not, so that one that was renewed needs no restart; connections
 * that are open keep the one they began with.
 */
#include "app/encryption.h"

#include "app/serving.h"
#include "tls/tls.h"

int tls_identity_of(const struct settings *settings,
                    struct tls_identity **ret_identity, struct diag *diag)
{
    const char *certificate = settings_text(settings, SETTING_TLS_CERTIFICATE);
    const char *key = settings_text(settings, SETTING_TLS_KEY);

    *ret_identity = NULL;
    if (!certificate[0] && !key[0])
        return 0;
    if (!certificate[0] || !key[0])
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "tls_certificate and tls_key need each other: %s is empty",
                    certificate[0] ? "tls_key" : "tls_certificate");
    return tls_identity_load(certificate, key, ret_identity, diag);
}

int start_tls(struct serving *serving, struct diag *diag)
{
    return tls_identity_of(serving->assembly.settings, &serving->assembly.tls,
                           diag);
}

int prepare_tls(struct serving *serving, const struct settings *next,
                struct diag *diag)
{
    int r;

    tls_identity_free(&serving->tls_next);
    r = tls_identity_of(next, &serving->tls_next, diag);
    if (r < 0)
        return r;
    if (!serving->tls_next != !serving->assembly.tls)
        return FAIL(diag, ERR_INVALID_PARAMETER,
                    "tls_certificate: TLS is switched on or off by a restart");
    return 0;
}

/* All loops have adopted the last one, or this reload would have to wait. */
void adopt_tls(struct serving *serving)
{
    tls_identity_free(&serving->tls_before);
    serving->tls_before = serving->assembly.tls;
    serving->assembly.tls = serving->tls_next;
    serving->tls_next = NULL;
}

void stop_tls(struct serving *serving)
{
    tls_identity_free(&serving->tls_next);
    tls_identity_free(&serving->tls_before);
    tls_identity_free(&serving->assembly.tls);
}
