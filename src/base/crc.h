/* SPDX-License-Identifier: MIT */
/* CRC-32C (Castagnoli), as in RFC 3720 § 12.1: "123456789" gives e3069283. */
#pragma once

#include "base/text.h"

/* Of the text that continues what gave `crc`; 0 begins. */
uint32_t crc32c(uint32_t crc, struct text t);

/* The same on any machine, and for tests. */
uint32_t crc32c_by_tables(uint32_t crc, struct text t);
