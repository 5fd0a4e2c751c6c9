/* SPDX-License-Identifier: MIT */
/*
 * A client for tests of the running service (SERVICE_URL): raw bytes out, and
 * what came back taken apart just far enough to be judged. Every answer is
 * also recorded (WIRE_RECORD), to be held against openapi.yaml afterwards.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

#include <sys/types.h>

struct wire;

/* Another way through its socket than as it comes: like send() and recv(). */
struct wire_way {
    ssize_t (*send)(struct wire *wire, const void *from, size_t len);
    ssize_t (*recv)(struct wire *wire, void *to, size_t room);
};

struct wire {
    int fd;
    const struct wire_way *way; /* NULL: as it comes */
    void *way_arg;
    struct arena arena; /* of the answers */
    char *unread;
    size_t unread_len, unread_capacity;
    const char *method, *path; /* of the last step; raw bytes are no record */
};

struct answer {
    int status; /* 0: the connection ended without one */
    struct text head, body;
    bool closed; /* the server closed behind it */
    bool cut;    /* a chunked body ended before its last chunk */
};

/* Connects; a test fails at once when it cannot. */
void wire_open(struct wire *wire);
void wire_close(struct wire *wire);

/* To a service at this URL; false when nobody listens there. */
bool wire_try_open(struct wire *wire, const char *url) MUST_CHECK;

void wire_send(struct wire *wire, struct text bytes);
void wire_send_string(struct wire *wire, const char *bytes);

/*
 * Reads one answer, also a chunked one; `without_body` for those to HEAD. Only
 * bodies up to 1 MiB are recorded.
 */
struct answer wire_read(struct wire *wire, bool without_body);

/* Waits until so many bytes came, and leaves them unread; false at the end. */
bool wire_wait_for(struct wire *wire, size_t bytes);

/* Has the server ended the connection? Waits for it up to a second. */
bool wire_is_closed(struct wire *wire);

/* The value of a field, or TEXT_NULL. */
struct text answer_header(const struct answer *answer, const char *name);

/* Does the body hold this text? */
bool answer_has(const struct answer *answer, const char *part);

/* --- scenarios ----------------------------------------------------------- */

/* One request and what it must bring, on a connection of its own. */
struct step {
    const char *request; /* "GET /v1/bills?limit=2" */
    const char *headers; /* further lines, each ended by \r\n; may be NULL */
    const char *body;    /* sent as application/json; may be NULL */
    bool as_admin;       /* with the administrator's token */
    int expect;          /* the status */
    const char *code;    /* of the problem */
    const char *has;     /* a part of the body */
    const char *header;  /* "Name: value" that must be there */
};

void run_steps(const char *scenario, const struct step *steps, size_t count);

#define SCENARIO(suite, name, ...)                                 \
    Test(suite, name)                                              \
    {                                                              \
        const struct step steps[] = { __VA_ARGS__ };               \
        run_steps(#name, steps, sizeof(steps) / sizeof(steps[0])); \
    }

/* One step; the answer lives in the wire's arena. */
struct answer wire_step(struct wire *wire, const struct step *step);
