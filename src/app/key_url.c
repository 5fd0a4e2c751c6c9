/* SPDX-License-Identifier: MIT */
#include "app/key_url.h"

#include "tls/certificate.h"

#include <string.h>

/* The host of what stands behind "http://"; a user's name makes it none. */
static struct text host_of(struct text rest)
{
    size_t len = 0;

    if (text_starts_with(rest, "["))
        while (len < rest.len && rest.at[len] != ']')
            len++;
    while (len < rest.len && !strchr("/:?#", rest.at[len]))
        len++;
    return text_from(rest.at, len);
}

static bool is_loopback(struct text host)
{
    return text_is(host, "127.0.0.1") || text_is(host, "[::1]") ||
           text_is(host, "localhost");
}

static bool is_developers(const struct settings *settings)
{
    const char *environment = settings_text(settings, SETTING_ENVIRONMENT);

    return strcmp(environment, "development") == 0 ||
           strcmp(environment, "test") == 0;
}

static int check_url(const struct settings *settings, struct diag *diag)
{
    struct text url = text_of(settings_text(settings, SETTING_JWKS_URL));

    if (url.len == 0 || text_starts_with(url, "https://"))
        return 0;
    if (is_developers(settings) &&
        is_loopback(host_of(text_skip(url, strlen("http://")))))
        return 0;
    return FAIL(diag, ERR_INVALID_PARAMETER,
                "jwks_url: keys come by https: whoever is between could put "
                "their own in (http: is for the loopback, in development and "
                "test)");
}

int key_url_check(const struct settings *settings, struct diag *diag)
{
    const char *ca_file = settings_text(settings, SETTING_JWKS_CA_FILE);
    struct diag why;
    int r = check_url(settings, diag);

    diag_init(&why, NULL);
    if (r == 0 && ca_file[0] && tls_certificates_check(ca_file, &why) < 0)
        r = FAIL(diag, ERR_INVALID_PARAMETER, "jwks_ca_file: %s", why.detail);
    return r;
}
