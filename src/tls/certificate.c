/* SPDX-License-Identifier: MIT */
#include "tls/certificate.h"

#include "base/check.h"
#include "tls/tls_impl.h"

#include <openssl/err.h>

#include <stdio.h>
#include <string.h>

static void file_end(BIO **file)
{
    BIO_free(*file);
}

static void certificate_end(X509 **certificate)
{
    X509_free(*certificate);
}

/* In the queue of OpenSSL, which is left empty. */
static int unusable(const char *path, struct diag *diag)
{
    int r = FAIL(diag, ERR_INVALID_PARAMETER, "%s cannot be used: %s", path,
                 tls__reason());

    ERR_clear_error();
    return r;
}

/* Behind the last one there is "no start line". */
static bool was_the_end(void)
{
    bool was = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;

    if (was)
        ERR_clear_error();
    return was;
}

static BIO *open_file(const char *path)
{
    ERR_clear_error();
    return BIO_new_file(path, "r");
}

int tls_certificates_check(const char *path, struct diag *diag)
{
    CLEANUP(file_end) BIO *file = open_file(path);
    unsigned count = 0;

    for (bool more = file != NULL; more; count += more) {
        CLEANUP(certificate_end)
        X509 *certificate = PEM_read_bio_X509(file, NULL, NULL, NULL);

        more = certificate != NULL;
    }
    return count > 0 && was_the_end() ? 0 : unusable(path, diag);
}

static void write_pin(X509 *certificate, char ret_pin[static TLS_PIN_BYTES])
{
    unsigned char *key = NULL, digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    int bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    int begun = snprintf(ret_pin, TLS_PIN_BYTES, "sha256//");

    CHECK(bytes > 0);
    CHECK(EVP_Digest(key, (size_t)bytes, digest, &len, EVP_sha256(), NULL) ==
          1);
    OPENSSL_free(key);
    EVP_EncodeBlock((unsigned char *)ret_pin + begun, digest, (int)len);
}

int tls_certificate_pin(const char *path, char ret_pin[static TLS_PIN_BYTES],
                        struct diag *diag)
{
    CLEANUP(file_end) BIO *file = open_file(path);
    CLEANUP(certificate_end)
    X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

    if (!certificate)
        return unusable(path, diag);
    write_pin(certificate, ret_pin);
    return 0;
}
