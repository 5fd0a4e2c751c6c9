/* SPDX-License-Identifier: MIT */
#include "runtime/loop_impl.h"

#include "base/check.h"
#include "base/error.h"
#include "base/memory.h"

struct watch {
    uv_poll_t poll;
    watch_fn *ready;
    void *arg;
    int events;
};

struct signal_watch {
    uv_signal_t signal;
    signal_fn *got;
    void *arg;
};

static int to_uv(int events)
{
    return (events & WATCH_READ ? UV_READABLE : 0) |
           (events & WATCH_WRITE ? UV_WRITABLE : 0) |
           (events & WATCH_HANGUP ? UV_DISCONNECT : 0);
}

/* A failing descriptor shows as ready, so that its owner finds the error. */
static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    int seen = (events & UV_READABLE ? WATCH_READ : 0) |
               (events & UV_WRITABLE ? WATCH_WRITE : 0) |
               (events & UV_DISCONNECT ? WATCH_HANGUP : 0);

    watch->ready(watch->arg, status < 0 ? watch->events : seen);
}

int watch_new(struct loop *loop, int fd, int events, watch_fn *ready, void *arg,
              struct watch **ret_watch)
{
    struct watch *watch = NEW(struct watch);

    OBJ_CHECK(loop, LOOP_MAGIC);
    if (uv_poll_init(&loop->uv, &watch->poll, fd) != 0) {
        memory_free(&watch);
        return -ERR_INTERNAL;
    }
    watch->poll.data = watch;
    watch->ready = ready;
    watch->arg = arg;
    watch_change(watch, events);
    *ret_watch = watch;
    return 0;
}

void watch_change(struct watch *watch, int events)
{
    if (watch->events == events)
        return;
    watch->events = events;
    if (events)
        CHECK(uv_poll_start(&watch->poll, to_uv(events), on_ready) == 0);
    else
        uv_poll_stop(&watch->poll);
}

static void free_watch(uv_handle_t *handle)
{
    struct watch *watch = handle->data;

    memory_free(&watch);
}

void watch_free(struct watch **watch)
{
    if (!*watch)
        return;
    uv_poll_stop(&(*watch)->poll);
    uv_close((uv_handle_t *)&(*watch)->poll, free_watch);
    *watch = NULL;
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct signal_watch *watch = signal->data;

    watch->got(watch->arg, number);
}

int signal_watch_new(struct loop *loop, int number, signal_fn *got, void *arg,
                     struct signal_watch **ret_watch)
{
    struct signal_watch *watch = NEW(struct signal_watch);

    CHECK(uv_signal_init(&loop->uv, &watch->signal) == 0);
    watch->signal.data = watch;
    watch->got = got;
    watch->arg = arg;
    *ret_watch = watch;
    if (uv_signal_start(&watch->signal, on_signal, number) == 0)
        return 0;
    signal_watch_free(ret_watch);
    return -ERR_INTERNAL;
}

static void free_signal_watch(uv_handle_t *handle)
{
    struct signal_watch *watch = handle->data;

    memory_free(&watch);
}

void signal_watch_free(struct signal_watch **watch)
{
    if (!*watch)
        return;
    uv_close((uv_handle_t *)&(*watch)->signal, free_signal_watch);
    *watch = NULL;
}
