/* SPDX-License-Identifier: MIT */
/*
 * What systemd is told of us (sd_notify(3)): one datagram to the socket that
 * NOTIFY_SOCKET names. Without that variable nobody listens, and all of this
 * does nothing.
 */
#pragma once

#include "base/attr.h"

#include <stdint.h>

/* "READY=1", "STOPPING=1", "STATUS=…"; lines with a newline between them. */
void systemd_tell(const char *state);

/* What its watchdog waits for WATCHDOG=1, ms; 0: it does not. */
uint64_t systemd_watchdog_ms(void);

/* RELOADING=1 with the time, so that the next READY=1 ends that reload. */
void systemd_tell_reloading(void);
