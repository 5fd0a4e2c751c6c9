/* SPDX-License-Identifier: MIT */
#include "admin/manifest.h"

#include "admin/disk.h"
#include "auth/digest.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST_FORMAT "1"

enum {
    MANIFEST_BYTES_MAX = 16 << 20,
    SUMS_BYTES = 512,
    PIECE_BYTES = 1 << 18,
};

void manifest_init(struct manifest *manifest)
{
    facts_init(&manifest->about);
    facts_init(&manifest->facts);
}

void manifest_fini(struct manifest *manifest)
{
    facts_fini(&manifest->about);
    facts_fini(&manifest->facts);
}

const char *manifest_about(const struct manifest *manifest, const char *name)
{
    struct text found = facts_find(&manifest->about, "backup", text_of(name));

    return found.at ? found.at : "";
}

int manifest_major(const struct manifest *manifest)
{
    int64_t major;

    if (!text_to_int64(text_of(manifest_about(manifest, "major")), &major))
        return 0;
    return major > 0 && major < INT_MAX ? (int)major : 0;
}

/* --- digests ----------------------------------------------------------------
 */

static int digest_all(int fd, struct digest *digest, struct progress *progress)
{
    CLEANUP(memory_free) char *piece = memory_new(PIECE_BYTES);
    struct stat status = { 0 };
    uint64_t done = 0;
    ssize_t got;

    if (fstat(fd, &status) < 0)
        return -1;
    while ((got = read(fd, piece, PIECE_BYTES)) > 0) {
        digest_add(digest, text_from(piece, (size_t)got));
        done += (uint64_t)got;
        progress_read(progress, done, (uint64_t)status.st_size, 0);
    }
    return (int)got;
}

/* Brings it to the disk too: a digest is of what stays. */
static int digest_file(const char *path, char ret_hex[static DIGEST_TEXT_BYTES],
                       struct progress *progress, struct refusal *why)
{
    CLEANUP(digest_free) struct digest *digest = digest_new();
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 && errno == ENOENT)
        return refuse(why, EXIT_DAMAGED, "%s is missing", path);
    if (fd < 0 || digest_all(fd, digest, progress) < 0 || fsync(fd) < 0)
        return refuse(why, EXIT_FAILED, "cannot read %s: %s", path,
                      strerror(errno));
    digest_end(digest, ret_hex);
    return 0;
}

/* What SHA256SUMS must be, to the last byte. */
static int make_sums(const char *directory, char ret_sums[static SUMS_BYTES],
                     struct progress *progress, struct refusal *why)
{
    static const char *const names[] = { BACKUP_ARCHIVE, BACKUP_MANIFEST };
    size_t len = 0;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(memory_free)
        char *path = memory_format("%s/%s", directory, names[i]);
        char hex[DIGEST_TEXT_BYTES];
        int r = digest_file(path, hex, progress, why);

        if (r < 0)
            return r;
        len += (size_t)snprintf(ret_sums + len, SUMS_BYTES - len, "%s  %s\n",
                                hex, names[i]);
    }
    return 0;
}

/* --- writing ----------------------------------------------------------------
 */

static int note_archive(struct manifest *manifest, const char *directory,
                        struct refusal *why)
{
    CLEANUP(memory_free)
    char *path = memory_format("%s/" BACKUP_ARCHIVE, directory);
    struct stat status;
    char bytes[32];

    if (chmod(path, 0600) < 0 || stat(path, &status) < 0)
        return refuse(why, EXIT_FAILED, "cannot look at %s: %s", path,
                      strerror(errno));
    snprintf(bytes, sizeof(bytes), "%lld", (long long)status.st_size);
    if (!facts_add(&manifest->about,
                   (struct fact){ TEXT("backup"), TEXT("archive_bytes"),
                                  text_of(bytes) }) ||
        !facts_add(&manifest->about,
                   (struct fact){ TEXT("backup"), TEXT("format"),
                                  TEXT(MANIFEST_FORMAT) }))
        return refuse(why, EXIT_FAILED, "the manifest is too long");
    return 0;
}

static int decode(struct manifest *manifest, struct text json)
{
    CLEANUP(document_free) struct document *document = NULL;
    const struct node *root;
    struct diag diag;

    diag_init(&diag, NULL);
    if (document_parse(json, &diag, &document) < 0)
        return -1;
    root = document_root(document);
    return facts_decode(node_member(root, "about"), &manifest->about) &&
                   facts_decode(node_member(root, "facts"), &manifest->facts)
               ? 0
               : -1;
}

static void encode(const struct manifest *manifest, struct buffer *out)
{
    buffer_add_string(out, "{\"about\":");
    facts_encode(&manifest->about, out);
    buffer_add_string(out, ",\n\"facts\":");
    facts_encode(&manifest->facts, out);
    buffer_add_string(out, "}\n");
}

/* One that could not be read again is not written. */
static int check_readable(const struct buffer *json, struct refusal *why)
{
    CLEANUP(manifest_fini) struct manifest again;

    manifest_init(&again);
    if (buffer_overflown(json) || decode(&again, buffer_text(json)) < 0)
        return refuse(why, EXIT_FAILED,
                      "the database has too many tables for a manifest");
    return 0;
}

static int put(const char *directory, const char *name, struct text content,
               struct refusal *why)
{
    CLEANUP(memory_free) char *path = memory_format("%s/%s", directory, name);

    return disk_replace(path, 0600, content, why);
}

int manifest_write(struct manifest *manifest, const char *directory,
                   struct progress *progress, struct refusal *why)
{
    CLEANUP(buffer_fini) struct buffer json = { 0 };
    char sums[SUMS_BYTES];
    int r = note_archive(manifest, directory, why);

    if (r < 0)
        return r;
    buffer_init(&json, MANIFEST_BYTES_MAX);
    encode(manifest, &json);
    r = check_readable(&json, why);
    if (r == 0)
        r = put(directory, BACKUP_MANIFEST, buffer_text(&json), why);
    if (r == 0)
        r = make_sums(directory, sums, progress, why);
    return r < 0 ? r : put(directory, BACKUP_SUMS, text_of(sums), why);
}

/* --- reading ----------------------------------------------------------------
 */

/* Which file is at fault: the one whose line differs, or the sums. */
static int check_sums(const char *directory, struct progress *progress,
                      struct refusal *why)
{
    CLEANUP(memory_free)
    char *path = memory_format("%s/" BACKUP_SUMS, directory);
    size_t len = 0;
    CLEANUP(memory_free) char *said = disk_read(path, SUMS_BYTES, &len);
    char sums[SUMS_BYTES];
    const char *second;
    int r;

    if (!said)
        return refuse(why, access(path, F_OK) == 0 ? EXIT_DAMAGED : EXIT_CONFIG,
                      "%s is no backup: it has no readable " BACKUP_SUMS,
                      directory);
    r = make_sums(directory, sums, progress, why);
    if (r < 0)
        return r;
    if (text_is(text_from(said, len), sums))
        return 0;
    second = strchr(sums, '\n') + 1;
    return refuse(why, EXIT_DAMAGED,
                  "%s/%s is not what was written: its SHA-256 is not the one "
                  "in " BACKUP_SUMS,
                  directory,
                  strncmp(said, sums, (size_t)(second - sums)) != 0
                      ? BACKUP_ARCHIVE
                      : BACKUP_MANIFEST);
}

int manifest_read(struct manifest *manifest, const char *directory,
                  struct progress *progress, struct refusal *why)
{
    CLEANUP(memory_free)
    char *path = memory_format("%s/" BACKUP_MANIFEST, directory);
    CLEANUP(memory_free) char *json = NULL;
    size_t len;
    int r = check_sums(directory, progress, why);

    if (r < 0)
        return r;
    json = disk_read(path, MANIFEST_BYTES_MAX, &len);
    if (!json || decode(manifest, text_from(json, len)) < 0 ||
        strcmp(manifest_about(manifest, "format"), MANIFEST_FORMAT) != 0)
        return refuse(why, EXIT_DAMAGED,
                      "%s was written by another version of portcullis", path);
    return 0;
}
