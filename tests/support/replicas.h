/* SPDX-License-Identifier: MIT */
/*
 * For tests with real replicas: `portcullis sandbox --standbys 2` around them.
 * They pause, kill and promote servers, so each is alone with them: one test
 * at a time, and a program that promotes has a sandbox of its own.
 */
#pragma once

#include "support/database.h"
#include "support/one_at_a_time.h"

#include <dirent.h>
#include <signal.h>

#include "database/nodes.h"

/* "REPLICA_1_URL" */
UNUSED static const char *replica_fact(unsigned number, const char *what)
{
    char name[64];

    snprintf(name, sizeof(name), "REPLICA_%u_%s", number, what);
    return test_url(name);
}

UNUSED static void replica_script(unsigned number, const char *sql)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(&postgres_driver, text_of(replica_fact(number, "URL")),
                         run_script, (void *)sql, &diag);
    cr_assert_eq(r, 0, "%s (%s)", diag.detail, diag.cause);
}

/* Of its postmaster. */
UNUSED static pid_t replica_pid(unsigned number)
{
    char path[1024], line[32] = "";
    FILE *file;

    snprintf(path, sizeof(path), "%s/postmaster.pid",
             replica_fact(number, "PGDATA"));
    file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    cr_assert_not_null(fgets(line, sizeof(line), file));
    fclose(file);
    return (pid_t)strtol(line, NULL, 10);
}

/* Whose child is it? 0 when it is gone. */
UNUSED static pid_t parent_of(pid_t pid)
{
    char path[64];
    int parent = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
        parent = 0;
    fclose(file);
    return parent;
}

/* The postmaster's and that of all its children, which have sessions of their
 * own and go on when it is stopped. */
UNUSED static void replica_signal(unsigned number, int sig)
{
    pid_t postmaster = replica_pid(number);
    DIR *all = opendir("/proc");
    struct dirent *entry;

    cr_assert_not_null(all);
    kill(postmaster, sig);
    while ((entry = readdir(all))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 0 && parent_of(pid) == postmaster)
            kill(pid, sig);
    }
    closedir(all);
}

/* --- the nodes ------------------------------------------------------------ */

enum { REPLICA_TARGETS = 3 };

/* Made and ended on the same fiber. */
struct test_nodes {
    struct target *targets[REPLICA_TARGETS];
    struct nodes *nodes;
};

/* The URL with the search path of the place's service. */
UNUSED static struct target *place_target(const struct place *place,
                                          struct text url)
{
    char with[1024];

    snprintf(with, sizeof(with), "%.*s&options=-csearch_path%%3D%s",
             TEXT_ARG(url), place->schema);
    return test_target(with);
}

UNUSED static struct test_nodes test_nodes_start(const struct place *place,
                                                 struct nodes_options options)
{
    struct text urls = text_of(test_url("DATABASE_REPLICA_URLS")), url;
    struct test_nodes made = { .targets = { test_target(place->service_url) } };
    unsigned count = 1;

    while (count < REPLICA_TARGETS && text_cut(&urls, ',', &url))
        made.targets[count++] = place_target(place, url);
    options.pool = test_pool_options();
    options.lag_max_ms = options.lag_max_ms ? options.lag_max_ms : 2000;
    made.nodes = nodes_start(fiber_loop(fiber_self()), &postgres_driver,
                             made.targets, count, &options);
    return made;
}

UNUSED static void test_nodes_end(struct test_nodes *made)
{
    nodes_stop(&made->nodes, after_ms(5000));
    for (unsigned i = 0; i < REPLICA_TARGETS; i++)
        target_free(&made->targets[i]);
}

UNUSED static struct node_stats node_of(const struct nodes *nodes, unsigned i)
{
    struct node_stats stats;

    nodes_stats(nodes, i, &stats);
    return stats;
}

UNUSED static bool is_in_use(const struct nodes *nodes, unsigned i)
{
    return node_of(nodes, i).state == NODE_IN_USE;
}

/* Each replica answers, and is near. */
#define UNTIL_ALL_IN_USE(nodes) \
    UNTIL(is_in_use(nodes, 1) && is_in_use(nodes, 2))
