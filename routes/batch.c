/* SPDX-License-Identifier: MIT */
/* POST /v1/batch: several operations as one transaction. */
#include "routes/batch.h"

#include "http/prefer.h"
#include "routes/answer.h"
#include "routes/keyed.h"
#include "json/encode.h"

enum { OPERATION_ARENA_BYTES = 16 * 1024 * 1024 };

static void batch_end(struct batch *batch)
{
    for (unsigned i = 0; i < batch->count; i++) {
        document_free(&batch->operations[i].result);
        arena_fini(&batch->operations[i].request.arena);
    }
    buffer_fini(&batch->results);
    document_free(&batch->document);
}

/* --- one operation ------------------------------------------------------- */

/* {"status": 201, "headers": {"ETag": …}, "body": …} */
static void add_result(struct batch *batch, struct operation *operation,
                       const struct reply *reply)
{
    struct buffer *out = &batch->results;
    struct text body = reply_body(reply);

    buffer_add_format(out, "{\"status\":%d,\"headers\":{", reply->status);
    for (size_t i = 0; i < reply->header_count; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        encode_text(out, reply->headers[i].name);
        buffer_add_byte(out, ':');
        encode_text(out, text_of(reply->headers[i].value));
    }
    buffer_add_string(out, "},\"body\":");
    operation->result_at = out->len;
    encode_ready(out, body);
    operation->result_len = out->len - operation->result_at;
    buffer_add_byte(out, '}');
}

/* What an attempt before this one left behind goes away. */
static void prepare(struct batch *batch, struct operation *operation,
                    struct service *inside)
{
    struct request *request = &operation->request;

    document_free(&operation->result);
    operation->result_len = 0;
    arena_fini(&request->arena);
    arena_init(&request->arena, OPERATION_ARENA_BYTES);
    diag_init(&request->diag, &batch->request->arena);
    request->match = operation->match;
    request->service = inside;
}

static int handle(struct batch *batch, struct operation *operation)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    CLEANUP(reply_fini) struct reply reply = { 0 };
    struct request *request = &operation->request;
    int r;

    reply_init(&reply);
    buffer_init(&body, OBJECT_BYTES_MAX);
    r = batch_refer_path(batch, operation);
    if (r == 0 && operation->body)
        r = batch_refer_body(batch, operation, &body);
    if (r < 0)
        return r;
    request->body_given = operation->body != NULL;
    request->body = operation->body ? buffer_text(&body) : TEXT_NULL;
    r = request->match.route->handler(request, &reply);
    request->body = TEXT_NULL;
    if (r == 0)
        add_result(batch, operation, &reply);
    return r;
}

static int perform(struct batch *batch, struct service *inside)
{
    struct operation *operation = &batch->operations[batch->at];
    int r;

    prepare(batch, operation, inside);
    r = handle(batch, operation);
    if (r < 0)
        diag_move(&batch->request->diag, &operation->request.diag);
    arena_fini(&operation->request.arena);
    return r;
}

/* --- all of them --------------------------------------------------------- */

static int perform_all(struct store *inside, void *arg)
{
    struct batch *batch = arg;
    struct service service = *service_of(batch->request);
    int r = 0;

    service.store = inside;
    buffer_clear(&batch->results);
    buffer_add_byte(&batch->results, '[');
    for (batch->at = 0; batch->at < batch->count && r == 0; batch->at++) {
        if (batch->at > 0)
            buffer_add_byte(&batch->results, ',');
        r = perform(batch, &service);
        if (r < 0)
            return r;
    }
    buffer_add_byte(&batch->results, ']');
    return 0;
}

/* A failure of one of them is that one's problem, with its place. */
static int tell_place(struct batch *batch, int r)
{
    struct request *request = batch->request;

    if (r < 0 && batch->at < batch->count)
        request->diag.extension =
            arena_format(&request->arena, "\"failed_at\":%u", batch->at);
    return r;
}

static int run(struct batch *batch)
{
    struct request *request = batch->request;
    struct store store = store_of(request);
    struct text given;
    int r;

    r = request_body(request, CONTENT_JSON, &given);
    if (r < 0)
        return r;
    r = batch_read(batch, given);
    if (r < 0)
        return r;
    return store_together(&store, perform_all, batch, request->until,
                          &request->diag);
}

static int perform_batch(struct request *request, struct reply *reply)
{
    CLEANUP(batch_end) struct batch batch = { .request = request };
    struct preferences preferences;
    int r;

    r = request_parameters(request, NULL);
    if (r < 0)
        return r;
    r = preferences_parse(request, 0, &preferences);
    if (r < 0)
        return r;
    buffer_init(&batch.results, REPLY_BODY_MAX_BYTES);
    r = tell_place(&batch, run(&batch));
    if (r < 0)
        return r;
    if (buffer_overflown(&batch.results))
        return REQUEST_FAIL(request, ERR_TOO_LARGE, "the answer is too large");
    return reply_take(reply, CONTENT_JSON, &batch.results);
}

int batch_perform(struct request *request, struct reply *reply)
{
    return answer_once(request, reply, perform_batch);
}
