/* SPDX-License-Identifier: MIT */
#include "admin/dev.h"

#include "admin/dev_facts.h"
#include "admin/dev_service.h"
#include "base/check.h"
#include "base/memory.h"

#include <unistd.h>

enum { STEP_ARGS_MAX = 16 };

#define LISTEN_DEFAULT "127.0.0.1:8080"

struct dev {
    const struct dev_options *options;
    struct sandbox sandbox;
    struct dev_service service;
};

static const char *program(const struct dev *dev)
{
    return dev->options->program ? dev->options->program : "/proc/self/exe";
}

static bool is_stopping(const struct dev *dev)
{
    return supervisor_stopping(&dev->sandbox.supervisor);
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
    CLEANUP(environment_fini) struct environment env;
    const char *argv[STEP_ARGS_MAX + 2];
    struct child child;
    int status = 0, r;

    say("%s", step->progress);
    fill_step_argv(dev, step, argv);
    environment_init_copy(&env);
    sandbox_environment(&dev->sandbox, true, &env);
    child = dev_child(step->argv[0], argv, env.list);
    r = supervisor_run(&dev->sandbox.supervisor, &child, &status, why);
    if (r < 0 || status == 0 || is_stopping(dev))
        return r;
    return refuse(why, (enum exit_status)process_exit_status(status),
                  "%s failed, for the reason above; nothing is served",
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

static int tell(const struct dev *dev, const char *path, struct refusal *why)
{
    const struct sandbox *sandbox = &dev->sandbox;
    struct dev_facts facts = { .url = dev->service.url,
                               .tokens = &dev->service.tokens,
                               .database_url = sandbox->service_url,
                               .owner_database_url = sandbox->owner_url,
                               .redis_url = sandbox->redis_url,
                               .service_pid = dev->service.child.pid };
    int r = dev_facts_write(&facts, path, why);

    if (r == 0)
        dev_facts_print(&facts);
    return r;
}

static int serve(struct dev *dev, struct refusal *why)
{
    const char *listen =
        dev->options->listen ? dev->options->listen : LISTEN_DEFAULT;
    CLEANUP(memory_free)
    char *path = data_dir_path(&dev->sandbox.dir, "dev.json");
    int r = dev_service_start(&dev->service, &dev->sandbox, program(dev),
                              listen, why);

    if (r == 0)
        r = dev_service_wait_ready(&dev->service, &dev->sandbox, why);
    if (r == 0 && !is_stopping(dev))
        r = tell(dev, path, why);
    if (r == 0)
        r = dev_service_await(&dev->service, &dev->sandbox, why);
    unlink(path);
    return r;
}

static int run(struct dev *dev, struct refusal *why)
{
    struct sandbox_options options = { .data = dev->options->data,
                                       .at_home = true,
                                       .fresh = dev->options->fresh,
                                       .replicas = dev->options->replicas };
    int r = sandbox_start(&dev->sandbox, &options, why);

    if (r == 0 && !is_stopping(dev))
        r = run_steps(dev, why);
    if (r == 0 && !is_stopping(dev))
        r = serve(dev, why);
    return r;
}

int dev_main(const struct dev_options *options)
{
    struct dev dev = { .options = options };
    struct refusal why = { 0 };
    int r;

    dev_service_init(&dev.service);
    r = run(&dev, &why);
    if (is_stopping(&dev))
        say("ending");
    sandbox_end(&dev.sandbox);
    dev_service_fini(&dev.service);
    if (r == 0)
        return EXIT_OK;
    say("%s", why.line);
    return why.status;
}
