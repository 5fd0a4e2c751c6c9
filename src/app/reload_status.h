/* SPDX-License-Identifier: MIT */
/*
 * What came of the last reload, in a file beside the pid file (its name and
 * ".reload"), so that `portcullis reload` can tell. The service writes it when
 * it starts and when a reload begins and ends; whoever asks for one reads how
 * many have begun, and then waits until one more than that has ended.
 */
#pragma once

#include "base/attr.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { RELOAD_MISTAKES_BYTES = 64 * 1024 };

struct reload_status {
    int64_t begun, ended;
    bool taken;               /* by the last that ended */
    int64_t changed, waiting; /* settings */
    struct buffer mistakes;   /* lines; why it was not taken */
};

void reload_status_init(struct reload_status *status);
void reload_status_fini(struct reload_status *status);

/* Replaces the file in one step; what cannot be written is logged. Harmless
 * when `pid_file` is "". */
void reload_status_write(const struct reload_status *status,
                         const char *pid_file);
void reload_status_remove(const char *pid_file);

/* Into one that was made by _init(). False: there is none that can be read. */
bool reload_status_read(struct reload_status *status, const char *pid_file)
    MUST_CHECK;
