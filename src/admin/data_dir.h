/* SPDX-License-Identifier: MIT */
/*
 * The data directory: ours alone, known by a marker file, held by a lock.
 *
 *   portcullis-data   the marker; its number is the layout's
 *   lock              held by flock(), with the holder's process id
 *   postgres/         the cluster; postgres.new while it is being made
 *   postgres.log      the server's log since its last start
 *   replica-N/, replica-N.log  copies of the cluster, made anew at each start
 *   redis/, redis.log the same for Redis
 *   run/              the sockets, unless their path would be too long or odd:
 *   sockets           then a file that names the directory they are in
 *   dev.json          what `portcullis dev` is serving, while it does
 */
#pragma once

#include "admin/account.h"
#include "admin/exit.h"
#include "base/attr.h"

#include <stdbool.h>

enum { DATA_DIR_FORMAT = 1 };

struct data_dir {
    char *path;    /* real, absolute */
    char *sockets; /* absolute; of [A-Za-z0-9._/-] only and short enough */
    bool temporary;
    int lock_fd;
};

/*
 * Takes the directory: makes it if it is missing, refuses (and touches
 * nothing) when it holds something else or is of another user, when another
 * process holds it, or when one of the servers' users cannot get to it. What a
 * crash left is put right: processes ended, half-made things removed.
 * `path` NULL takes a temporary directory, and clears away those whose owner
 * was killed. data_dir_close() must follow also after a failure.
 */
int data_dir_open(struct data_dir *dir, const char *path,
                  const struct account *const *users, struct refusal *why)
    MUST_CHECK;

/* Gives the lock back; removes a temporary directory. */
void data_dir_close(struct data_dir *dir);

/* "path/name", to be freed. */
char *data_dir_path(const struct data_dir *dir, const char *name) MUST_CHECK;

/* Throws a file or directory of ours away; a crash on the way is mended by
 * data_dir_open(). */
int data_dir_discard(const struct data_dir *dir, const char *name,
                     struct refusal *why) MUST_CHECK;

/* Opens an emptied log for appending (the last one is kept as NAME.old);
 * the descriptor, or -EXIT_FAILED. */
int data_dir_log(const struct data_dir *dir, const char *name,
                 struct refusal *why) MUST_CHECK;
