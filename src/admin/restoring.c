/* SPDX-License-Identifier: MIT */
#include "admin/restoring.h"

#include "admin/archive_tool.h"
#include "admin/disk.h"
#include "admin/environment.h"
#include "admin/programs.h"
#include "base/memory.h"
#include "database/session.h"
#include "runtime/fiber.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    JOBS_MIN = 2, /* with one it does not tell what has ended */
    JOBS_MAX = 4,
    DIFFERENCES_SAID_MAX = 20,
    OPTION_BYTES = 32,
    STOP_MS = 5000,
    LIST_BYTES_MAX = 64 << 20,
};

/* The loop stood still while the tool ran; until it has turned, its clock is
 * late and every new deadline over. */
static YIELDS int let_loop_turn(void)
{
    return fiber_sleep(deadline_after(clock_monotonic_ns(), 1));
}

/* --- loading ----------------------------------------------------------------
 */

/* As the head of the archive's list has it; 0 when it has none. */
static uint64_t count_listed(int fd)
{
    static const char mark[] = "TOC Entries: ";
    char path[OPTION_BYTES];
    CLEANUP(memory_free) char *list = NULL;
    const char *at;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    list = disk_read(path, LIST_BYTES_MAX, NULL);
    at = list ? strstr(list, mark) : NULL;
    return at ? strtoull(at + sizeof(mark) - 1, NULL, 10) : 0;
}

/* Against what progress is told: an archive that cannot be listed has none. */
static int count_entries(const struct restoring *restoring, const char *program,
                         const char *archive, uint64_t *ret_count,
                         struct refusal *why)
{
    CLEANUP(environment_fini) struct environment env = { 0 };
    CLEANUP(fd_close) int list = memfd_create("list", MFD_CLOEXEC);
    const char *const argv[] = { program, "--list", archive, NULL };
    struct child child = {
        .name = program,
        .spec = { .argv = argv,
                  .account = account_self(),
                  .fds = { FD_NULL, list, FD_NULL },
                  .death_signal = SIGKILL },
        .stop_signal = SIGTERM,
        .force_signal = SIGKILL,
        .stop_ms = STOP_MS,
    };
    int status, r;

    if (list < 0)
        return refuse(why, EXIT_FAILED, "no memory file: %s", strerror(errno));
    environment_init_copy(&env);
    child.spec.env = env.list;
    r = supervisor_run(restoring->supervisor, &child, &status, why);
    *ret_count = count_listed(list);
    return r;
}

int restoring_load(const struct restoring *restoring, struct refusal *why)
{
    CLEANUP(memory_free) char *program = NULL;
    CLEANUP(memory_free)
    char *archive = memory_format("%s/" BACKUP_ARCHIVE, restoring->backup);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    char jobs[OPTION_BYTES];
    const char *const options[] = { "--exit-on-error", jobs, NULL };
    static const char *const marks[] = { "processing item ", "finished item ",
                                         NULL };
    struct archive_tool tool = { .options = options,
                                 .archive = archive,
                                 .target = restoring->target,
                                 .report = restoring->report,
                                 .noun = "entry",
                                 .marks = marks };
    int major, r;

    snprintf(jobs, sizeof(jobs), "--jobs=%ld",
             cores < JOBS_MIN   ? JOBS_MIN
             : cores > JOBS_MAX ? JOBS_MAX
                                : cores);
    r = client_program_find("pg_restore", manifest_major(restoring->manifest),
                            &program, &major, why);
    tool.program = program;
    if (r == 0)
        r = count_entries(restoring, program, archive, &tool.count, why);
    if (r == 0)
        r = archive_tool_run(&tool, restoring->supervisor, why);
    if (r == 0 && let_loop_turn() < 0)
        r = refuse(why, EXIT_FAILED, "it was asked to stop");
    return r;
}

/* --- comparing --------------------------------------------------------------
 */

struct comparing {
    const struct manifest *manifest;
    struct progress *progress;
    struct facts got;
    unsigned differences;
};

static void say_difference(const struct fact *fact, struct text want,
                           struct text got, void *arg)
{
    struct comparing *comparing = arg;

    if (comparing->differences++ >= DIFFERENCES_SAID_MAX)
        return;
    progress_clear(comparing->progress);
    say("%s of %s: %s where the backup had %s", fact->kind.at, fact->name.at,
        got.at ? got.at : "nothing", want.at ? want.at : "nothing");
}

static YIELDS int read_facts(struct connection *connection, void *arg,
                             struct diag *diag)
{
    struct comparing *comparing = arg;
    int r = connection_script(connection,
                              TEXT("BEGIN ISOLATION LEVEL REPEATABLE READ"
                                   " READ ONLY; SET LOCAL jit = off"),
                              DEADLINE_NEVER, diag);

    return r < 0 ? r
                 : facts_read(connection, &comparing->got, comparing->progress,
                              diag);
}

static int refuse_error(int r, const struct diag *diag, struct refusal *why)
{
    return refuse(why, exit_of_error(r), "%s%s%s", diag->detail,
                  diag->cause[0] ? ": " : "", diag->cause);
}

static YIELDS int compare(const struct restoring *restoring,
                          struct comparing *comparing, struct refusal *why)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = session_with(restoring->driver, restoring->target, read_facts,
                     comparing, &diag);
    if (r < 0)
        return refuse_error(r, &diag, why);
    facts_compare(&restoring->manifest->facts, &comparing->got, say_difference,
                  comparing);
    if (comparing->differences == 0)
        return 0;
    return refuse(why, EXIT_DAMAGED,
                  "what came of %s differs in %u places from what was backed "
                  "up",
                  restoring->backup, comparing->differences);
}

int restoring_compare(const struct restoring *restoring, struct refusal *why)
{
    struct comparing comparing = { .manifest = restoring->manifest,
                                   .progress =
                                       report_progress(restoring->report) };
    int r;

    facts_init(&comparing.got);
    r = compare(restoring, &comparing, why);
    facts_fini(&comparing.got);
    return r;
}

/* --- scripts ----------------------------------------------------------------
 */

static YIELDS int run_script(struct connection *connection, void *arg,
                             struct diag *diag)
{
    const struct text *sql = arg;

    return connection_script(connection, *sql, DEADLINE_NEVER, diag);
}

int restoring_script(const struct driver *driver, const struct target *target,
                     struct text sql, struct refusal *why)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = session_with(driver, target, run_script, &sql, &diag);
    return r < 0 ? refuse_error(r, &diag, why) : 0;
}
