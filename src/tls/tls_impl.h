/* SPDX-License-Identifier: MIT */
/* What the files of this room share, and nobody else includes. */
#pragma once

#include "tls/tls.h"

#include <openssl/ssl.h>

/* What OpenSSL says of the first error in its queue: "no start line". */
const char *tls__reason(void);

struct tls_identity {
    SSL_CTX *context; /* counted, over threads too */
};
