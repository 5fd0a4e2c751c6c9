/* SPDX-License-Identifier: MIT */
/* A private Redis: unix socket only, memory only, bounded. */
#pragma once

#include "admin/account.h"
#include "admin/data_dir.h"
#include "admin/environment.h"
#include "admin/supervisor.h"

struct cache_server {
    const struct data_dir *dir;    /* borrowed, as the next two */
    const struct account *account; /* who the server runs as */
    const struct environment *env; /* of the server */
    char *program, *path, *sockets, *socket;
    const char *argv[32];
    int log_fd;
    struct child child;
};

void cache_server_init(struct cache_server *cache, const struct data_dir *dir,
                       const struct account *account,
                       const struct environment *env);
void cache_server_fini(struct cache_server *cache);

/* Finds the program and makes the directories. */
int cache_server_prepare(struct cache_server *cache, struct refusal *why)
    MUST_CHECK;

/* Starts the server under the supervisor; it is not ready yet. */
int cache_server_start(struct cache_server *cache,
                       struct supervisor *supervisor, struct refusal *why)
    MUST_CHECK;

bool cache_server_is_ready(const struct cache_server *cache);

/* "unix:///path/redis.sock", to be freed. */
char *cache_server_url(const struct cache_server *cache) MUST_CHECK;
