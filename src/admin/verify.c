/* SPDX-License-Identifier: MIT */
#include "admin/verify.h"

#include "admin/backup.h"
#include "admin/disk.h"
#include "admin/restoring.h"
#include "admin/scratch_cluster.h"
#include "base/check.h"
#include "base/memory.h"
#include "runtime/fiber.h"
#include "json/encode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_BYTES_MAX = 256 << 10 };

struct verify {
    const struct driver *driver;
    const char *backup;
    struct report *report;
    struct manifest manifest;
    struct scratch_cluster scratch;
    struct target *target; /* the database in it */
    struct refusal *why;
    int result;
};

/* --- into a scratch cluster -------------------------------------------------
 */

/* Those whom the archive names and a new cluster lacks. Nobody logs in. */
static void add_roles(const struct manifest *manifest, struct buffer *script)
{
    for (unsigned i = 0; i < manifest->about.count; i++) {
        const struct fact *fact = &manifest->about.list[i];

        if (!text_is(fact->kind, "roles"))
            continue;
        buffer_add_string(script, "DO $_$ BEGIN CREATE ROLE \"");
        for (const char *c = fact->name.at; *c; c++)
            buffer_add_format(script, *c == '"' ? "\"%c" : "%c", *c);
        buffer_add_string(script, "\"; EXCEPTION WHEN duplicate_object THEN"
                                  " NULL; END $_$;\n");
    }
}

static YIELDS int prepare(struct verify *verify, struct refusal *why)
{
    CLEANUP(buffer_fini) struct buffer script = { 0 };

    buffer_init(&script, SCRIPT_BYTES_MAX);
    add_roles(&verify->manifest, &script);
    if (buffer_overflown(&script))
        return refuse(why, EXIT_FAILED, "the backup names too many roles");
    return restoring_script(verify->driver, verify->target,
                            buffer_text(&script), why);
}

static YIELDS int restore_and_compare(struct verify *verify,
                                      struct refusal *why)
{
    struct restoring restoring = {
        .driver = verify->driver,
        .backup = verify->backup,
        .manifest = &verify->manifest,
        .supervisor = &verify->scratch.supervisor,
        .target = verify->target,
        .report = verify->report,
    };
    int r;

    report_step(verify->report, "restore");
    r = restoring_load(&restoring, why);
    if (r < 0)
        return r;
    report_step(verify->report, "comparison");
    r = restoring_compare(&restoring, why);
    if (r == 0)
        report_done(verify->report, "the same in everything");
    return r;
}

static YIELDS void work(void *arg)
{
    struct verify *verify = arg;

    verify->result = prepare(verify, verify->why);
    if (verify->result == 0)
        verify->result = restore_and_compare(verify, verify->why);
}

static int work_there(struct verify *verify, struct refusal *why)
{
    int r = target_parse(text_of(verify->scratch.url), &verify->target, NULL);

    if (r < 0)
        return refuse(why, EXIT_FAILED, "the scratch cluster has no URL");
    verify->why = why;
    fiber_run_alone("verify", work, verify);
    target_free(&verify->target);
    return verify->result;
}

static int try_out(struct verify *verify, struct refusal *why)
{
    int major = manifest_major(&verify->manifest);
    int r;

    report_step(verify->report, "scratch cluster");
    r = scratch_cluster_start(&verify->scratch, major, why);

    if (r == 0)
        r = work_there(verify, why);
    scratch_cluster_end(&verify->scratch);
    return r;
}

static int verify_backup(const struct driver *driver, const char *backup,
                         struct report *report, struct refusal *why)
{
    struct verify verify = { .driver = driver,
                             .backup = backup,
                             .report = report };
    int r;

    manifest_init(&verify.manifest);
    report_step(report, "every byte read");
    r = manifest_read(&verify.manifest, backup, report_progress(report), why);
    if (r == 0)
        r = try_out(&verify, why);
    manifest_fini(&verify.manifest);
    return r;
}

int verify_main(const struct verify_options *options)
{
    struct refusal why = { 0 };
    struct report report;
    int r;

    report_begin(&report, "verify", options->json);
    r = verify_backup(options->driver, options->backup, &report, &why);
    CHECK(r == -why.status);
    return report_end(&report, &why);
}

/* --- drill ------------------------------------------------------------------
 */

static int drill(const struct drill_options *options, const char *home,
                 struct report *report, struct refusal *why)
{
    CLEANUP(memory_free) char *path = NULL;
    struct backup_options backup = { .driver = options->driver,
                                     .url = options->url,
                                     .home = home };
    int r = backup_make(&backup, report, &path, why);

    return r < 0 ? r : verify_backup(options->driver, path, report, why);
}

static int drill_in_passing(const struct drill_options *options,
                            struct report *report, struct refusal *why)
{
    char home[] = "/tmp/portcullis-drill-XXXXXX";
    struct refusal other = { 0 };
    int r;

    if (!mkdtemp(home))
        return refuse(why, EXIT_FAILED, "cannot make %s: %s", home,
                      strerror(errno));
    r = drill(options, home, report, why);
    if (disk_remove(home, &other) < 0)
        say("%s", other.line);
    return r;
}

int drill_main(const struct drill_options *options)
{
    struct refusal why = { 0 };
    struct report report;
    int r;

    report_begin(&report, "drill", options->json);
    r = options->home ? drill(options, options->home, &report, &why)
                      : drill_in_passing(options, &report, &why);
    CHECK(r == -why.status);
    return report_end(&report, &why);
}
