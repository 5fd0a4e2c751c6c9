/* SPDX-License-Identifier: MIT */
/* The table of signature algorithms. */
#pragma once

#include "base/attr.h"
#include "base/text.h"

#define ALGORITHM(id, name, kind) ALGORITHM_##id,
enum algorithm {
#include "auth/algorithm.def"
    ALGORITHM_COUNT
};
#undef ALGORITHM

enum key_kind {
    KEY_RSA, /* 2048 to 8192 bits */
    KEY_EC,  /* on P-256 */
    KEY_ED25519,
    KEY_SECRET, /* at least 32 bytes */
};

const char *algorithm_name(enum algorithm algorithm);
enum key_kind algorithm_kind(enum algorithm algorithm);

/* By its name, in its one spelling; false when there is none. */
bool algorithm_find(struct text name, enum algorithm *ret_algorithm) MUST_CHECK;
