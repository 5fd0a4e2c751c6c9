/* SPDX-License-Identifier: MIT */
#include "admin/archive_tool.h"

#include "admin/archive_words.h"
#include "admin/environment.h"
#include "base/buffer.h"
#include "base/check.h"
#include "base/memory.h"

#include <string.h>
#include <sys/wait.h>

enum { CONNINFO_BYTES_MAX = 8192, STOP_MS = 5000, TELL_MS = 500 };

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

/* What it said last may be of what went well. */
static int explain(const struct archive_tool *tool, int status,
                   const struct archive_words *words, struct refusal *why)
{
    const char *slash = strrchr(tool->program, '/');
    const char *name = slash ? slash + 1 : tool->program;
    const char *said = *words->error ? words->error : words->last;

    if (WIFSIGNALED(status))
        return refuse(why, EXIT_FAILED, "%s was ended by signal %d", name,
                      WTERMSIG(status));
    return refuse(why, EXIT_FAILED, "%s failed: %s", name,
                  *said ? said : "it said nothing");
}

/* As supervisor_run(), telling meanwhile how far it is. */
static int run_telling(const struct archive_tool *tool,
                       struct supervisor *supervisor, struct child *child,
                       struct archive_words *words, struct refusal *why)
{
    int r = supervisor_start(supervisor, child, why);

    if (r < 0)
        return r;
    while (r == 0 && child->pid > 0 && !supervisor_stopping(supervisor)) {
        r = supervisor_turn(supervisor, -1,
                            deadline_after(clock_monotonic_ns(), TELL_MS), why);
        archive_words_look(words);
        progress_counted(report_progress(tool->report), tool->noun,
                         words->count, tool->count);
    }
    supervisor_end(supervisor, child);
    return r;
}

static int run(const struct archive_tool *tool, const char *const *argv,
               char *const *env, struct supervisor *supervisor,
               struct refusal *why)
{
    CLEANUP(archive_words_fini) struct archive_words words;
    struct child child = {
        .name = tool->program,
        .spec = { .argv = argv,
                  .env = env,
                  .account = account_self(),
                  .fds = { FD_NULL, FD_NULL, FD_NULL },
                  .death_signal = SIGKILL },
        .stop_signal = SIGTERM,
        .force_signal = SIGKILL,
        .stop_ms = STOP_MS,
    };
    int r = archive_words_init(&words, tool->marks, why);

    child.spec.fds[2] = words.fd;
    if (r == 0)
        r = run_telling(tool, supervisor, &child, &words, why);
    if (r == 0 && supervisor_stopping(supervisor))
        return refuse(why, EXIT_FAILED, "it was asked to stop");
    archive_words_look(&words);
    return r == 0 && child.status != 0
               ? explain(tool, child.status, &words, why)
               : r;
}

int archive_tool_run(const struct archive_tool *tool,
                     struct supervisor *supervisor, struct refusal *why)
{
    CLEANUP(environment_fini) struct environment env = { 0 };
    CLEANUP(buffer_fini) struct buffer info = { 0 };
    const char *argv[TOOL_OPTIONS_MAX + 7] = { tool->program };
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
    argv[at++] = "--verbose";
    argv[at++] = "--no-password";
    argv[at++] = "--dbname";
    argv[at++] = info.at;
    argv[at++] = tool->archive;
    return run(tool, argv, env.list, supervisor, why);
}
