/* SPDX-License-Identifier: MIT */
/* Random bytes, UUIDs (RFC 9562) and hexadecimal. */
#pragma once

#include "base/attr.h"
#include "base/text.h"

enum { UUID_TEXT_BYTES = 37 }; /* 36 characters and NUL */

struct uuid {
    unsigned char bytes[16];
};

/* From the kernel (getrandom), buffered per thread. */
void random_bytes(void *ret_at, size_t len);

/* UUIDv7: milliseconds, a 12-bit counter of the thread, 62 random bits. */
struct uuid uuid_v7(void);

void uuid_format(struct uuid id, char ret_text[static UUID_TEXT_BYTES]);

/* Hexadecimal with hyphens at their places, either case; nothing else. */
bool uuid_parse(struct text t, struct uuid *ret_id) MUST_CHECK;

/* Lower case, 2 × len characters and a NUL. */
void hex_format(const void *at, size_t len, char *ret_text);

/* 0 to 15 for a hexadecimal digit of either case, -1 for any other byte. */
int hex_value(char c);
