/* SPDX-License-Identifier: MIT */
/* OpenSSL's objects as owned locals: CLEANUP(bio_end) BIO *bio = …; */
#pragma once

#include "base/attr.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define END(name, T, end)                \
    static inline void name##_end(T **p) \
    {                                    \
        end(*p);                         \
        *p = NULL;                       \
    }

END(bio, BIO, BIO_free_all)
END(number, BIGNUM, BN_clear_free)
END(numbers, BN_CTX, BN_CTX_free)
END(pkey, EVP_PKEY, EVP_PKEY_free)
END(pkey_ctx, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
END(digest, EVP_MD_CTX, EVP_MD_CTX_free)
END(ecdsa, ECDSA_SIG, ECDSA_SIG_free)
END(params, OSSL_PARAM, OSSL_PARAM_free)
END(builder, OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
#undef END

/* What OpenSSL allocated for us. */
static inline void openssl_string_end(char **p)
{
    OPENSSL_free(*p);
    *p = NULL;
}

static inline void openssl_bytes_end(unsigned char **p)
{
    OPENSSL_free(*p);
    *p = NULL;
}
