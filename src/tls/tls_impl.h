/* SPDX-License-Identifier: MIT */
/* What the files of this room share, and nobody else includes. */
#pragma once

#include "tls/tls.h"

#include <openssl/ssl.h>

struct tls_identity {
    SSL_CTX *context; /* counted, over threads too */
};
