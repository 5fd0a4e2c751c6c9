/* SPDX-License-Identifier: MIT */
#include "admin/dev_facts.h"

#include "admin/disk.h"
#include "base/id.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* Nothing in here needs escaping: the token is hexadecimal, the URLs' paths
 * are plain (see socket_dir), and the service's URL was checked. */
int dev_facts_write(const struct dev_facts *facts, const char *path,
                    struct refusal *why)
{
    CLEANUP(memory_free)
    char *json = memory_format("{\n"
                               "  \"url\": \"%s\",\n"
                               "  \"token\": \"%s\",\n"
                               "  \"editor_token\": \"%s\",\n"
                               "  \"viewer_token\": \"%s\",\n"
                               "  \"database_url\": \"%s\",\n"
                               "  \"owner_database_url\": \"%s\",\n"
                               "  \"redis_url\": \"%s\",\n"
                               "  \"pid\": %d,\n"
                               "  \"service_pids\": [%d]\n"
                               "}\n",
                               facts->url, facts->tokens->of[DEV_ADMIN],
                               facts->tokens->of[DEV_EDITOR],
                               facts->tokens->of[DEV_VIEWER],
                               facts->database_url, facts->owner_database_url,
                               facts->redis_url, getpid(), facts->service_pid);

    return disk_replace(path, 0600, text_of(json), why);
}

/* The bill's number is drawn, so that the line works at every start, not only
 * at the first: session, type and number are a bill's natural key. */
static unsigned any_bill_number(void)
{
    uint32_t drawn;

    random_bytes(&drawn, sizeof(drawn));
    return 100000 + drawn % 1000000000;
}

void dev_facts_print(const struct dev_facts *facts)
{
    printf("\n"
           "  service        %s\n"
           "  documentation  %s/docs\n"
           "  DATABASE_URL   '%s'\n"
           "  REDIS_URL      '%s'\n"
           "\n",
           facts->url, facts->url, facts->database_url, facts->redis_url);
    for (unsigned i = 0; i < DEV_USER_COUNT; i++)
        printf("  a token of %s %s:\n  %s\n\n", i == DEV_VIEWER ? "a" : "an",
               dev_users[i].role, facts->tokens->of[i]);
    printf("  curl '%s/v1/bills?limit=3'\n"
           "  curl %s/v1/bills -H 'Authorization: Bearer %s' "
           "-H 'Content-Type: application/json' "
           "-d '{\"session\": \"119\", \"type\": \"hr\", \"number\": %u, "
           "\"chamber\": \"house\", \"title\": \"A bill from the command "
           "line\", \"introduced_on\": \"2025-01-03\"}'\n"
           "\n",
           facts->url, facts->url, facts->tokens->of[DEV_ADMIN],
           any_bill_number());
    fflush(stdout);
}
