/* SPDX-License-Identifier: MIT */
#include "admin/dev_service.h"

#include "admin/disk.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READY_MS = 30000, SERVICE_STOP_MS = 30000, STEP_STOP_MS = 5000 };

struct child dev_child(const char *name, const char *const *argv,
                       char *const *env)
{
    return (struct child){
        .name = name,
        .spec = { .argv = argv,
                  .env = env,
                  .account = account_self(),
                  .fds = { FD_NULL, STDERR_FILENO, STDERR_FILENO },
                  .death_signal = SIGTERM },
        .stop_signal = SIGTERM,
        .force_signal = SIGKILL,
        .stop_ms = STEP_STOP_MS,
    };
}

void dev_service_init(struct dev_service *service)
{
    *service = (struct dev_service){ .ready_fds = { FD_NULL, FD_NULL } };
    environment_init_copy(&service->env);
}

void dev_service_fini(struct dev_service *service)
{
    environment_fini(&service->env);
    fd_close(&service->ready_fds[0]);
    service->ready_fds[0] = FD_NULL;
}

static void fill_environment(struct dev_service *service,
                             const struct sandbox *sandbox, const char *listen,
                             const char *keys)
{
    struct environment *env = &service->env;
    char fd[16];

    snprintf(fd, sizeof(fd), "%d", service->ready_fds[1]);
    sandbox_environment(sandbox, false, env);
    if (!getenv("PORTCULLIS_ENVIRONMENT"))
        environment_set(env, "PORTCULLIS_ENVIRONMENT", "development");
    environment_set(env, "PORTCULLIS_LISTEN", listen);
    environment_set(env, "PORTCULLIS_JWT_KEYS", keys);
    environment_set(env, "PORTCULLIS_JWT_ISSUER", DEV_ISSUER);
    environment_set(env, "PORTCULLIS_READY_FD", fd);
}

int dev_service_start(struct dev_service *service, struct sandbox *sandbox,
                      const char *program, const char *listen,
                      struct refusal *why)
{
    CLEANUP(memory_free)
    char *keys = data_dir_path(&sandbox->dir, "jwt.pub.pem");
    int r = dev_tokens_make(&service->tokens, keys, why);

    if (r < 0)
        return r;
    if (pipe2(service->ready_fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return refuse(why, EXIT_FAILED, "no pipe: %s", strerror(errno));
    fill_environment(service, sandbox, listen, keys);
    service->argv[0] = program;
    service->argv[1] = "serve";
    service->child = dev_child("the service", service->argv, service->env.list);
    service->child.spec.extra_fd = service->ready_fds[1];
    service->child.stop_ms = SERVICE_STOP_MS;
    r = supervisor_start(&sandbox->supervisor, &service->child, why);
    fd_close(&service->ready_fds[1]);
    service->ready_fds[1] = FD_NULL;
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
static bool read_url(struct dev_service *service)
{
    size_t len = strlen(service->url);
    char *end;

    if (read(service->ready_fds[0], service->url + len,
             DEV_URL_BYTES - 1 - len) < 0)
        return false;
    end = strchr(service->url, '\n');
    if (end)
        *end = '\0';
    return end != NULL;
}

static int ended(const struct dev_service *service, struct refusal *why)
{
    int status = process_exit_status(service->child.status);
    char words[64];

    process_end_text(service->child.status, words, sizeof(words));
    return refuse(why, (enum exit_status)(status ? status : EXIT_FAILED),
                  "the service ended by itself, by %s", words);
}

static int look(const struct dev_service *service, struct deadline until,
                struct refusal *why)
{
    if (service->child.pid == 0)
        return ended(service, why);
    if (deadline_left_ns(until, clock_monotonic_ns()) == 0)
        return refuse(why, EXIT_SERVER_FAILED,
                      "the service was not ready within %d s", READY_MS / 1000);
    return 0;
}

int dev_service_wait_ready(struct dev_service *service, struct sandbox *sandbox,
                           struct refusal *why)
{
    struct supervisor *s = &sandbox->supervisor;
    struct deadline until = deadline_after(clock_monotonic_ns(), READY_MS);
    int r = 0;

    while (r == 0 && !supervisor_stopping(s)) {
        if (read_url(service)) {
            if (is_url(service->url))
                return 0;
            return refuse(why, EXIT_SERVER_FAILED,
                          "the service told no address to reach it at");
        }
        r = look(service, until, why);
        if (r == 0)
            r = supervisor_turn(s, service->ready_fds[0], until, why);
    }
    return r;
}

int dev_service_await(struct dev_service *service, struct sandbox *sandbox,
                      struct refusal *why)
{
    int r = supervisor_await(&sandbox->supervisor, &service->child, why);

    if (r < 0 || supervisor_stopping(&sandbox->supervisor))
        return r;
    return ended(service, why);
}
