/* SPDX-License-Identifier: MIT */
/* The service as a child of `portcullis dev`. Only for dev.c. */
#pragma once

#include "admin/dev_tokens.h"
#include "admin/sandbox.h"

enum { DEV_URL_BYTES = 256 };

struct dev_service {
    struct child child;
    struct environment env;
    const char *argv[3];
    struct dev_tokens tokens; /* made anew */
    char url[DEV_URL_BYTES];  /* what it told when it was ready */
    int ready_fds[2];         /* we read the first */
};

void dev_service_init(struct dev_service *service);
void dev_service_fini(struct dev_service *service);

/* Starts `program serve` on the address `listen`. */
int dev_service_start(struct dev_service *service, struct sandbox *sandbox,
                      const char *program, const char *listen,
                      struct refusal *why) MUST_CHECK;

/* Waits until it has told its URL; 0 also when a signal came first. */
int dev_service_wait_ready(struct dev_service *service, struct sandbox *sandbox,
                           struct refusal *why) MUST_CHECK;

/* Waits for its end: 0 when a signal came first, else a refusal with its own
 * exit status. */
int dev_service_await(struct dev_service *service, struct sandbox *sandbox,
                      struct refusal *why) MUST_CHECK;

/* A child that runs our own program; what it writes is for stderr, as stdout
 * is for the one block. */
struct child dev_child(const char *name, const char *const *argv,
                       char *const *env);
