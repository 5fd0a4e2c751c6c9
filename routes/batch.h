/* SPDX-License-Identifier: MIT */
/*
 * Several operations as one transaction (routes/batch.c): how they are read
 * (batch_read.c), each of them (batch_operation.c), and how one refers to the
 * results of those before it (batch_reference.c).
 */
#pragma once

#include "http/reply.h"
#include "http/request.h"
#include "json/document.h"

enum { BATCH_MAX = 100 };

struct operation {
    struct request request;   /* as if it had been sent alone, but for: */
    struct route_match match; /* as the path was written, with references */
    const struct node *body;  /* the same; NULL: none */
    struct header headers[3];
    size_t result_at, result_len; /* its answer's body, in batch->results */
    struct document *result;      /* the same, read; NULL: not needed yet */
};

struct batch {
    struct request *request;
    struct document *document;
    struct operation *operations; /* the request's arena's */
    unsigned count;
    unsigned at; /* the operation that is being performed */
    struct buffer results;
};

/*
 * Reads and checks all operations, and whether the caller may do each of them.
 * -ERR_VALIDATION with pointers into the batch, or what a single operation
 * would fail with for want of rights. batch->at tells which one is at fault.
 */
int batch_read(struct batch *batch, struct text body) MUST_CHECK;

/* Reads the operation at batch->at; its faults are noted in the request's. */
void batch_read_operation(struct batch *batch, const struct node *node);

/* Puts results in the place of references in the parameters of a path. */
int batch_refer_path(struct batch *batch, struct operation *operation)
    MUST_CHECK;

/* The same for the texts of a body, which is written to the buffer. */
int batch_refer_body(struct batch *batch, struct operation *operation,
                     struct buffer *body) MUST_CHECK;
