/* SPDX-License-Identifier: MIT */
/*
 * A service of a test's own with a configuration file, which the test writes
 * anew for a reload. A test has one at a time.
 */
#pragma once

#include "support/told_service.h"

static char configured_folder[] = "/tmp/configured-XXXXXX";
static char configured_file[64];

/* As those do it who do not want half a file to be read. */
static inline void configured_write(const char *content)
{
    char next[80];
    FILE *to;

    snprintf(next, sizeof(next), "%s.next", configured_file);
    to = fopen(next, "w");
    cr_assert_not_null(to);
    fputs(content, to);
    cr_assert_eq(fclose(to), 0);
    cr_assert_eq(rename(next, configured_file), 0);
}

/* The argument that names the file, which is made now. */
static inline const char *configured_flag(const char *content)
{
    static char flag[80];

    cr_assert_not_null(mkdtemp(configured_folder));
    snprintf(configured_file, sizeof(configured_file), "%s/config",
             configured_folder);
    snprintf(flag, sizeof(flag), "--config=%s", configured_file);
    configured_write(content);
    return flag;
}

static inline void configured_start(struct told_service *service,
                                    const char *content)
{
    const char *flag = configured_flag(content);

    told_service_start(
        service, (const char *const[]){ flag, "--log-requests=off", NULL });
}

/* The service tells what came of it: until_said("reloaded"). */
static inline void configured_reload(struct told_service *service,
                                     const char *content)
{
    configured_write(content);
    kill(service->own.pid, SIGHUP);
}

static inline void configured_stop(struct told_service *service)
{
    told_service_stop(service);
    unlink(configured_file);
    rmdir(configured_folder);
}
