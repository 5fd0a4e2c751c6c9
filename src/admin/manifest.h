/* SPDX-License-Identifier: MIT */
/*
 * What is known of a backup: where it is from (`about`) and what is in it
 * (`facts`). It lies beside the archive as manifest.json; SHA256SUMS, which
 * sha256sum -c takes as well, holds the digests of both, so that no byte of the
 * three files can change without its being seen.
 */
#pragma once

#include "admin/exit.h"
#include "admin/facts.h"

#define BACKUP_ARCHIVE  "data.dump"
#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_SUMS     "SHA256SUMS"

/* Of `about`, kind "backup": format, database, owner, encoding, provider,
 * collate, ctype, locale, server, major, system, timeline, wal_position,
 * snapshot, tables, taken_at, archive_bytes. Kind "roles": whom the archive
 * names. Kind "grants": role and its rights on the database, "" being
 * everybody. */
struct manifest {
    struct facts about, facts;
};

void manifest_init(struct manifest *manifest);
void manifest_fini(struct manifest *manifest);

/* A value of kind "backup"; "" when there is none. */
const char *manifest_about(const struct manifest *manifest, const char *name);

/* The server's major version: 15. 0 when it is none. */
int manifest_major(const struct manifest *manifest);

/*
 * Writes manifest.json and SHA256SUMS beside the archive that lies in the
 * directory, and brings all three to the disk. Reads all of the archive and
 * tells how far it is.
 */
int manifest_write(struct manifest *manifest, const char *directory,
                   struct progress *progress, struct refusal *why) MUST_CHECK;

/*
 * Reads the archive from end to end, telling how far it is. -EXIT_DAMAGED when
 * a file is missing or not what was written; -EXIT_CONFIG when the directory is
 * no backup.
 */
int manifest_read(struct manifest *manifest, const char *directory,
                  struct progress *progress, struct refusal *why) MUST_CHECK;
