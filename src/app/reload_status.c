/* SPDX-License-Identifier: MIT */
#include "app/reload_status.h"

#include "admin/disk.h"
#include "base/memory.h"
#include "telemetry/log.h"
#include "json/document.h"
#include "json/encode.h"

#include <unistd.h>

enum { FILE_BYTES_MAX = 2 * RELOAD_MISTAKES_BYTES };

static char *path_of(const char *pid_file)
{
    return memory_format("%s.reload", pid_file);
}

void reload_status_init(struct reload_status *status)
{
    *status = (struct reload_status){ .taken = true };
    buffer_init(&status->mistakes, RELOAD_MISTAKES_BYTES);
}

void reload_status_fini(struct reload_status *status)
{
    buffer_fini(&status->mistakes);
}

/* --- writing -------------------------------------------------------------- */

static void encode(const struct reload_status *status, struct buffer *out)
{
    buffer_add_format(out,
                      "{\"begun\":%lld,\"ended\":%lld,\"taken\":%s,"
                      "\"changed\":%lld,\"waiting\":%lld,\"mistakes\":",
                      (long long)status->begun, (long long)status->ended,
                      status->taken ? "true" : "false",
                      (long long)status->changed, (long long)status->waiting);
    encode_text(out, buffer_text(&status->mistakes));
    buffer_add_string(out, "}\n");
}

void reload_status_write(const struct reload_status *status,
                         const char *pid_file)
{
    CLEANUP(memory_free) char *path = NULL;
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    struct refusal why = { 0 };

    if (!pid_file[0])
        return;
    path = path_of(pid_file);
    buffer_init(&out, FILE_BYTES_MAX);
    encode(status, &out);
    if (disk_replace(path, 0644, buffer_text(&out), &why) < 0)
        log_line(LOG_WARN, "reload_untold", "%s", why.line);
}

void reload_status_remove(const char *pid_file)
{
    CLEANUP(memory_free) char *path = path_of(pid_file);

    unlink(path);
}

/* --- reading -------------------------------------------------------------- */

static bool take_number(const struct node *root, const char *name, int64_t *ret)
{
    const struct node *node = node_member(root, name);

    if (!node || node_type(node) != NODE_INTEGER)
        return false;
    *ret = node_integer(node);
    return true;
}

static bool decode(struct reload_status *status, const struct node *root)
{
    const struct node *taken = node_member(root, "taken");
    const struct node *mistakes = node_member(root, "mistakes");

    if (!taken || node_type(taken) != NODE_BOOLEAN ||
        !take_number(root, "begun", &status->begun) ||
        !take_number(root, "ended", &status->ended) ||
        !take_number(root, "changed", &status->changed) ||
        !take_number(root, "waiting", &status->waiting))
        return false;
    status->taken = node_boolean(taken);
    buffer_clear(&status->mistakes);
    if (mistakes && node_type(mistakes) == NODE_TEXT)
        buffer_add_text(&status->mistakes, node_text(mistakes));
    return true;
}

bool reload_status_read(struct reload_status *status, const char *pid_file)
{
    CLEANUP(memory_free) char *path = path_of(pid_file);
    CLEANUP(document_free) struct document *document = NULL;
    size_t len = 0;
    CLEANUP(memory_free) char *bytes = disk_read(path, FILE_BYTES_MAX, &len);
    struct diag diag;

    diag_init(&diag, NULL);
    return bytes &&
           document_parse(text_from(bytes, len), &diag, &document) == 0 &&
           decode(status, document_root(document));
}
