/* SPDX-License-Identifier: MIT */
#include "admin/archive_tool.h"

#include "admin/disk.h"
#include "admin/environment.h"
#include "base/buffer.h"
#include "base/check.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
    CONNINFO_BYTES_MAX = 8192,
    STOP_MS = 5000,
    TELL_MS = 500,
    PROC_BYTES = 32
};

/* --- where to ---------------------------------------------------------------
 */

/* key='value', as libpq reads it. */
static void add_keyword(struct buffer *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buffer_add_format(out, "%s%s='", out->len > 0 ? " " : "", name);
    for (const char *c = value; *c; c++) {
        if (*c == '\'' || *c == '\\')
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, *c);
    }
    buffer_add_byte(out, '\'');
}

/* Options of the URL that do not go there as they are. */
static bool is_apart(const char *name)
{
    return strcmp(name, "options") == 0 || strcmp(name, "password") == 0;
}

static int add_options(struct buffer *out, const struct target *target,
                       struct refusal *why)
{
    unsigned count;
    const struct target_option *options = target_options(target, &count);

    for (unsigned i = 0; i < count; i++) {
        if (strcmp(options[i].name, "sslpassword") == 0)
            return refuse(why, EXIT_CONFIG,
                          "sslpassword would have to stand on a command line: "
                          "take a key without one, in a file of its own");
        if (!is_apart(options[i].name))
            add_keyword(out, options[i].name, options[i].value);
    }
    return 0;
}

static int conninfo(const struct archive_tool *tool, struct buffer *out,
                    struct refusal *why)
{
    const struct target *target = tool->target;
    int r;

    add_keyword(out, "host", target_host(target));
    add_keyword(out, "port", target_port(target));
    add_keyword(out, "user", target_user(target));
    add_keyword(out, "dbname",
                tool->database ? tool->database : target_name(target));
    r = add_options(out, target, why);
    buffer_add_byte(out, '\0');
    if (r == 0 && buffer_overflown(out))
        r = refuse(why, EXIT_CONFIG, "the database's URL is too long");
    return r;
}

static const char *find_option(const struct target *target, const char *name)
{
    unsigned count;
    const struct target_option *options = target_options(target, &count);

    for (unsigned i = 0; i < count; i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].value;
    return "";
}

/* Row level security binds the owner of the tables too: every right. */
static void make_environment(const struct target *target,
                             struct environment *env)
{
    CLEANUP(memory_free)
    char *settings =
        memory_format("%s -c app.rights=*:*", find_option(target, "options"));
    const char *password = target_password(target);

    environment_init_copy(env);
    environment_set(env, "PGOPTIONS", settings);
    environment_set(env, "PGAPPNAME", "portcullis command");
    environment_set(env, "LC_ALL", "C.UTF-8");
    if (!*password)
        password = find_option(target, "password");
    if (*password)
        environment_set(env, "PGPASSWORD", password);
}

/* --- running ----------------------------------------------------------------
 */

static int explain(const struct archive_tool *tool, int words_fd,
                   struct refusal *why)
{
    const char *name = strrchr(tool->program, '/');
    CLEANUP(memory_free) char *words = NULL;
    char path[PROC_BYTES];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", words_fd);
    words = disk_last_words(path);
    return refuse(why, EXIT_FAILED, "%s failed: %s",
                  name ? name + 1 : tool->program,
                  *words ? words : "it said nothing");
}

/* As supervisor_run(), telling meanwhile that it goes on. */
static int run_telling(const struct archive_tool *tool,
                       struct supervisor *supervisor, struct child *child,
                       struct refusal *why)
{
    int r = supervisor_start(supervisor, child, why);

    if (r < 0)
        return r;
    while (r == 0 && child->pid > 0 && !supervisor_stopping(supervisor)) {
        r = supervisor_turn(supervisor, -1,
                            deadline_after(clock_monotonic_ns(), TELL_MS), why);
        report_still(tool->report);
    }
    supervisor_end(supervisor, child);
    return r;
}

static int run(const struct archive_tool *tool, const char *const *argv,
               char *const *env, struct supervisor *supervisor,
               struct refusal *why)
{
    CLEANUP(fd_close) int words = memfd_create("words", MFD_CLOEXEC);
    struct child child = {
        .name = tool->program,
        .spec = { .argv = argv,
                  .env = env,
                  .account = account_self(),
                  .fds = { FD_NULL, FD_NULL, words },
                  .death_signal = SIGKILL },
        .stop_signal = SIGTERM,
        .force_signal = SIGKILL,
        .stop_ms = STOP_MS,
    };
    int r;

    if (words < 0)
        return refuse(why, EXIT_FAILED, "no memory file: %s", strerror(errno));
    r = run_telling(tool, supervisor, &child, why);
    if (r == 0 && supervisor_stopping(supervisor))
        return refuse(why, EXIT_FAILED, "it was asked to stop");
    return r == 0 && child.status != 0 ? explain(tool, words, why) : r;
}

int archive_tool_run(const struct archive_tool *tool,
                     struct supervisor *supervisor, struct refusal *why)
{
    CLEANUP(environment_fini) struct environment env = { 0 };
    CLEANUP(buffer_fini) struct buffer info = { 0 };
    const char *argv[TOOL_OPTIONS_MAX + 6] = { tool->program };
    int r, at = 1;

    buffer_init(&info, CONNINFO_BYTES_MAX);
    r = conninfo(tool, &info, why);
    if (r < 0)
        return r;
    make_environment(tool->target, &env);
    for (const char *const *o = tool->options; *o; o++) {
        CHECK(at < TOOL_OPTIONS_MAX);
        argv[at++] = *o;
    }
    argv[at++] = "--no-password";
    argv[at++] = "--dbname";
    argv[at++] = info.at;
    argv[at++] = tool->archive;
    return run(tool, argv, env.list, supervisor, why);
}
