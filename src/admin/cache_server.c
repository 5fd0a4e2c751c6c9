/* SPDX-License-Identifier: MIT */
#include "admin/cache_server.h"

#include "admin/disk.h"
#include "admin/probe.h"
#include "admin/programs.h"
#include "base/check.h"
#include "base/memory.h"

#include <signal.h>
#include <string.h>

enum { CACHE_STOP_MS = 5000 };

static const char *const settings[][2] = {
    { "--port", "0" },
    { "--unixsocketperm", "700" },
    { "--save", "" },
    { "--appendonly", "no" },
    { "--daemonize", "no" },
    { "--maxmemory", "256mb" },
    { "--maxmemory-policy", "allkeys-lru" },
};

void cache_server_init(struct cache_server *cache, const struct data_dir *dir,
                       const struct account *account,
                       const struct environment *env)
{
    *cache = (struct cache_server){
        .dir = dir, .account = account, .env = env, .log_fd = -1
    };
    cache->path = data_dir_path(dir, "redis");
    cache->sockets = memory_format("%s/redis", dir->sockets);
    cache->socket = memory_format("%s/redis.sock", cache->sockets);
}

void cache_server_fini(struct cache_server *cache)
{
    memory_free(&cache->program);
    memory_free(&cache->path);
    memory_free(&cache->sockets);
    memory_free(&cache->socket);
    fd_close(&cache->log_fd);
    cache->log_fd = -1;
}

int cache_server_prepare(struct cache_server *cache, struct refusal *why)
{
    int r = cache_program_find(&cache->program, why);

    if (r == 0)
        r = cache->log_fd = data_dir_log(cache->dir, "redis.log", why);
    if (r >= 0)
        r = disk_make(cache->path, 0700, cache->account, why);
    return r < 0 ? r : disk_make(cache->sockets, 0700, cache->account, why);
}

static void fill_argv(struct cache_server *cache)
{
    const char **next = cache->argv;

    CHECK(2 * ARRAY_LEN(settings) + 6 <= ARRAY_LEN(cache->argv));
    *next++ = cache->program;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        *next++ = settings[i][0];
        *next++ = settings[i][1];
    }
    *next++ = "--dir";
    *next++ = cache->path;
    *next++ = "--unixsocket";
    *next++ = cache->socket;
    *next = NULL;
}

int cache_server_start(struct cache_server *cache,
                       struct supervisor *supervisor, struct refusal *why)
{
    fill_argv(cache);
    cache->child = (struct child){
        .name = "Redis",
        .spec = { .argv = cache->argv,
                  .env = cache->env->list,
                  .directory = cache->path,
                  .account = *cache->account,
                  .fds = { FD_NULL, cache->log_fd, cache->log_fd },
                  .death_signal = SIGTERM },
        .stop_signal = SIGTERM,
        .force_signal = SIGKILL,
        .stop_ms = CACHE_STOP_MS,
    };
    return supervisor_start(supervisor, &cache->child, why);
}

bool cache_server_is_ready(const struct cache_server *cache)
{
    return probe_cache(cache->socket);
}

char *cache_server_url(const struct cache_server *cache)
{
    return memory_format("unix://%s", cache->socket);
}
