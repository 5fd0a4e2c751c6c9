/* SPDX-License-Identifier: MIT */
#include "admin/dev.h"

#include "admin/dev_facts.h"
#include "admin/disk.h"
#include "admin/sandbox.h"
#include "base/check.h"
#include "base/id.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TOKEN_BYTES = 24,
    URL_BYTES = 256,
    STEP_ARGS_MAX = 16,
    STEP_STOP_MS = 5000,
    SERVICE_READY_MS = 30000,
    SERVICE_STOP_MS = 30000,
};

#define LISTEN_DEFAULT "127.0.0.1:8080"

struct dev {
    const struct dev_options *options;
    struct sandbox sandbox;
    struct environment env; /* of the service */
    struct child service;
    char token[2 * TOKEN_BYTES + 1];
    char url[URL_BYTES];
    int ready_fds[2]; /* we read from the first */
};

static const char *program(const struct dev *dev)
{
    return dev->options->program ? dev->options->program : "/proc/self/exe";
}

static bool is_stopping(const struct dev *dev)
{
    return supervisor_stopping(&dev->sandbox.supervisor);
}

/* What they say belongs to the progress, not to the block on stdout. */
static struct child own_child(const struct dev *dev, const char *name,
                              const char *const *argv, char *const *env)
{
    return (struct child){
        .name = name,
        .spec = { .argv = argv,
                  .env = env,
                  .account = account_self(),
                  .fds = { FD_NULL, STDERR_FILENO, STDERR_FILENO },
                  .extra_fd = dev->ready_fds[1],
                  .death_signal = SIGTERM },
        .stop_signal = SIGTERM,
        .force_signal = SIGKILL,
    };
}

static void fill_step_argv(const struct dev *dev, const struct dev_step *step,
                           const char *argv[static STEP_ARGS_MAX + 2])
{
    unsigned n = 0;

    argv[n++] = program(dev);
    for (const char *const *arg = step->argv; *arg; arg++) {
        CHECK(n <= STEP_ARGS_MAX);
        argv[n++] = *arg;
    }
    argv[n] = NULL;
}

static int run_step(struct dev *dev, const struct dev_step *step,
                    struct refusal *why)
{
    const char *argv[STEP_ARGS_MAX + 2];
    struct environment env;
    struct child child;
    int status = 0, r;

    say("%s", step->progress);
    fill_step_argv(dev, step, argv);
    environment_init_copy(&env);
    sandbox_environment(&dev->sandbox, true, &env);
    child = own_child(dev, step->argv[0], argv, env.list);
    child.stop_ms = STEP_STOP_MS;
    r = supervisor_run(&dev->sandbox.supervisor, &child, &status, why);
    environment_fini(&env);
    if (r < 0 || status == 0 || is_stopping(dev))
        return r;
    return refuse(why, (enum exit_status)process_exit_status(status),
                  "%s failed (its reason is above); nothing is served",
                  step->progress);
}

static int run_steps(struct dev *dev, struct refusal *why)
{
    const struct dev_step *step = dev->options->steps;
    int r = 0;

    for (; r == 0 && step && step->progress && !is_stopping(dev); step++)
        r = run_step(dev, step, why);
    return r;
}

static void service_environment(struct dev *dev)
{
    struct environment *env = &dev->env;
    char fd[16];

    snprintf(fd, sizeof(fd), "%d", dev->ready_fds[1]);
    sandbox_environment(&dev->sandbox, false, env);
    environment_set(env, "PORTCULLIS_LISTEN",
                    dev->options->listen ? dev->options->listen
                                         : LISTEN_DEFAULT);
    environment_set(env, "PORTCULLIS_ADMIN_TOKEN", dev->token);
    environment_set(env, "PORTCULLIS_READY_FD", fd);
}

static int start_service(struct dev *dev, struct refusal *why)
{
    static const char *argv[] = { NULL, "serve", NULL };
    unsigned char random[TOKEN_BYTES];
    int r;

    random_bytes(random, sizeof(random));
    hex_format(random, sizeof(random), dev->token);
    if (pipe2(dev->ready_fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return refuse(why, EXIT_FAILED, "no pipe: %s", strerror(errno));
    service_environment(dev);
    argv[0] = program(dev);
    dev->service = own_child(dev, "the service", argv, dev->env.list);
    dev->service.stop_ms = SERVICE_STOP_MS;
    r = supervisor_start(&dev->sandbox.supervisor, &dev->service, why);
    fd_close(&dev->ready_fds[1]);
    dev->ready_fds[1] = FD_NULL;
    return r;
}

/* It goes into dev.json and into a shell's line as it is. */
static bool is_url(const char *url)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789._:/[]%-";

    return url[0] != '\0' && url[strspn(url, allowed)] == '\0';
}

/* Reads what there is of the line; true when all of it is there. */
static bool read_url(struct dev *dev)
{
    size_t len = strlen(dev->url);
    ssize_t got = read(dev->ready_fds[0], dev->url + len, URL_BYTES - 1 - len);
    char *end = strchr(dev->url, '\n');

    if (got > 0 && !end)
        end = strchr(dev->url, '\n');
    if (!end)
        return false;
    *end = '\0';
    return true;
}

static int service_ended(const struct dev *dev, struct refusal *why)
{
    char words[64];
    int status = process_exit_status(dev->service.status);

    process_end_text(dev->service.status, words, sizeof(words));
    return refuse(why, (enum exit_status)(status ? status : EXIT_FAILED),
                  "the service ended by itself, with %s", words);
}

static int wait_service_ready(struct dev *dev, struct refusal *why)
{
    struct deadline until =
        deadline_after(clock_monotonic_ns(), SERVICE_READY_MS);
    int r = 0;

    while (r == 0 && !is_stopping(dev) && !read_url(dev)) {
        if (dev->service.pid == 0)
            return service_ended(dev, why);
        if (deadline_left_ns(until, clock_monotonic_ns()) == 0)
            return refuse(why, EXIT_SERVER_FAILED,
                          "the service was not ready within %d s",
                          SERVICE_READY_MS / 1000);
        r = supervisor_turn(&dev->sandbox.supervisor, dev->ready_fds[0], until,
                            why);
    }
    if (r == 0 && !is_stopping(dev) && !is_url(dev->url))
        return refuse(why, EXIT_SERVER_FAILED,
                      "the service told no address to reach it at");
    return r;
}

static int tell(const struct dev *dev, const char *path, struct refusal *why)
{
    const struct sandbox *sandbox = &dev->sandbox;
    struct dev_facts facts = { .url = dev->url,
                               .admin_token = dev->token,
                               .database_url = sandbox->service_url,
                               .owner_database_url = sandbox->owner_url,
                               .redis_url = sandbox->redis_url,
                               .service_pid = dev->service.pid };
    int r = dev_facts_write(&facts, path, why);

    if (r == 0)
        dev_facts_print(&facts);
    return r;
}

static int serve(struct dev *dev, struct refusal *why)
{
    CLEANUP(memory_free)
    char *path = data_dir_path(&dev->sandbox.dir, "dev.json");
    int r = start_service(dev, why);

    if (r == 0)
        r = wait_service_ready(dev, why);
    if (r == 0 && !is_stopping(dev))
        r = tell(dev, path, why);
    if (r == 0)
        r = supervisor_await(&dev->sandbox.supervisor, &dev->service, why);
    if (r == 0 && dev->service.pid == 0 && !is_stopping(dev))
        r = service_ended(dev, why);
    unlink(path);
    return r;
}

static int run(struct dev *dev, struct refusal *why)
{
    struct sandbox_options options = { .data = dev->options->data,
                                       .at_home = true,
                                       .fresh = dev->options->fresh };
    int r = sandbox_start(&dev->sandbox, &options, why);

    if (r == 0 && !is_stopping(dev))
        r = run_steps(dev, why);
    if (r == 0 && !is_stopping(dev))
        r = serve(dev, why);
    return r;
}

int dev_main(const struct dev_options *options)
{
    struct dev dev = { .options = options, .ready_fds = { FD_NULL, FD_NULL } };
    struct refusal why = { 0 };
    int r;

    environment_init_copy(&dev.env);
    r = run(&dev, &why);
    if (is_stopping(&dev))
        say("ending");
    sandbox_end(&dev.sandbox);
    fd_close(&dev.ready_fds[0]);
    environment_fini(&dev.env);
    if (r == 0)
        return EXIT_OK;
    say("%s", why.line);
    return why.status;
}
