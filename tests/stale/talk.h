/* SPDX-License-Identifier: MIT */
/* A client with one kept connection, for one thread: one request, one answer.
 */
#pragma once

#include "base/buffer.h"

#include <netinet/in.h>

struct talk {
    struct sockaddr_in at;
    int fd; /* -1: none */
    struct buffer out, in;
};

struct said {
    int status;             /* 0: no whole answer came, and maybe never will */
    int64_t version;        /* of the ETag; -1: it has none */
    struct text head, body; /* until the next request */
};

/* "http://127.0.0.1:8080"; false when that is no address. */
bool talk_init(struct talk *talk, const char *url);
void talk_fini(struct talk *talk);

struct asked {
    const char *method, *path;
    const char *fields; /* lines, each ended by \r\n; may be "" */
    const char *body;   /* JSON, or NULL */
};

/* A broken connection is opened again at the next request. */
struct said talk_ask(struct talk *talk, const struct asked *asked);

/* The value of a field, or TEXT_NULL. */
struct text said_field(const struct said *said, const char *name);
