/* SPDX-License-Identifier: MIT */
/* A service of a test's own whose log the test reads. */
#pragma once

#include "support/own_service.h"

#include <string.h>

struct told_service {
    struct own_service own;
    FILE *log;       /* what it says */
    char line[8192]; /* the last that was waited for */
};

/* Flags as for own_service_start_with(). */
static inline void told_service_start(struct told_service *service,
                                      const char *const *flags)
{
    int pipes[2];

    cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
    service->own = own_service_start_with(flags, pipes[1]);
    close(pipes[1]);
    service->log = fdopen(pipes[0], "r");
    cr_assert_not_null(service->log);
}

static inline void told_service_stop(struct told_service *service)
{
    own_service_stop(&service->own);
    fclose(service->log);
}

/* Reads on to the line of this event; the suite's timeout ends it. */
static inline void until_said(struct told_service *service, const char *event)
{
    char name[64];

    snprintf(name, sizeof(name), "\"event\":\"%s\"", event);
    while (fgets(service->line, sizeof(service->line), service->log))
        if (strstr(service->line, name))
            return;
    cr_assert_fail("it never said %s", event);
}
