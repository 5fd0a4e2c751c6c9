/* SPDX-License-Identifier: MIT */
/*
 * A fault proxy of a test's own, between it (or a service it starts) and a
 * server; what it can do stands in fault_proxy.c.
 *
 *     struct fault_proxy proxy = fault_proxy_start("127.0.0.1:5432");
 *
 *     fault_proxy_tell(&proxy, "latency %u", 50);
 *     ...
 *     cr_expect_gt(fault_proxy_count(&proxy, "delayed"), 0, "it was injected");
 *     fault_proxy_stop(&proxy);
 */
#pragma once

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct fault_proxy {
    pid_t pid;
    FILE *to, *from;
    char address[128]; /* "127.0.0.1:PORT" */
    unsigned port;
};

static inline void fault_proxy_exec(const char *target, int in, int out)
{
    char self[4096], program[4200];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (len <= 0 || dup2(in, 0) != 0 || dup2(out, 1) != 1)
        _exit(127);
    self[len] = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(program, sizeof(program), "%s/fault_proxy", self);
    execl(program, program, "127.0.0.1:0", target, (char *)NULL);
    _exit(127);
}

/* Before a target, "HOST:PORT" or a unix socket's path, on a free port. */
static inline struct fault_proxy fault_proxy_start(const char *target)
{
    struct fault_proxy proxy = { 0 };
    char line[160];
    int in[2], out[2];

    cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
    cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
    proxy.pid = fork();
    cr_assert_geq(proxy.pid, 0);
    if (proxy.pid == 0)
        fault_proxy_exec(target, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    proxy.to = fdopen(in[1], "w");
    proxy.from = fdopen(out[0], "r");
    cr_assert(proxy.to && proxy.from);
    cr_assert(fgets(line, sizeof(line), proxy.from) &&
                  sscanf(line, "ready %127s", proxy.address) == 1,
              "the fault proxy does not start");
    proxy.port = (unsigned)strtoul(strrchr(proxy.address, ':') + 1, NULL, 10);
    return proxy;
}

/* One command; its answer, valid until the next. */
static inline const char *fault_proxy_ask(struct fault_proxy *proxy,
                                          const char *command)
{
    static char answer[1024];

    cr_assert_gt(fprintf(proxy->to, "%s\n", command), 0);
    cr_assert_eq(fflush(proxy->to), 0);
    cr_assert_not_null(fgets(answer, sizeof(answer), proxy->from));
    answer[strcspn(answer, "\n")] = '\0';
    return answer;
}

/* One command that is taken. */
__attribute__((format(printf, 2, 3))) static inline void fault_proxy_tell(
    struct fault_proxy *proxy, const char *format, ...)
{
    char command[512];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    cr_assert_str_eq(fault_proxy_ask(proxy, command), "ok", "%s", command);
}

/* A figure of `stats`: "accepted", "open", "resets" … */
static inline unsigned long long fault_proxy_count(struct fault_proxy *proxy,
                                                   const char *name)
{
    const char *at = fault_proxy_ask(proxy, "stats");
    size_t len = strlen(name);

    while (strncmp(at, name, len) != 0 || at[len] != '=') {
        at = strchr(at, ' ');
        cr_assert_not_null(at, "there is no %s", name);
        at++;
    }
    return strtoull(at + len + 1, NULL, 10);
}

static inline void fault_proxy_stop(struct fault_proxy *proxy)
{
    fclose(proxy->to);
    fclose(proxy->from);
    cr_expect_eq(waitpid(proxy->pid, NULL, 0), proxy->pid);
}
