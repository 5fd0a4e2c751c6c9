/* SPDX-License-Identifier: MIT */
/* What a link is made of; for link.c and link_open.c. */
#pragma once

#include "redis/link.h"

enum { LINK_MAGIC = 0x524c4e4b, LINK_OUT_MAX = 64 << 20 };

struct link {
    unsigned magic;
    struct loop *loop;
    struct link_listener listener;
    int fd;
    struct watch *watch;
    struct turn_hook hook; /* sends what has gathered */
    struct buffer out;
    struct reply_reader *reader;
    struct list line; /* of commands that wait for an answer, oldest first */
    bool dead;
};

/* Serves a connected socket, which it takes over. */
struct link *link__new(struct loop *loop, int fd,
                       const struct link_listener *listener) MUST_CHECK;
