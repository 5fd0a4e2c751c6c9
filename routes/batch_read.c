/* SPDX-License-Identifier: MIT */
#include "routes/answer.h"
#include "routes/batch.h"

static int check_list(struct batch *batch, const struct node *root)
{
    struct diag *diag = &batch->request->diag;

    if (node_type(root) != NODE_LIST)
        diag_violation(diag, "", "wrong_type", "must be a list of operations");
    else if (node_count(root) == 0)
        diag_violation(diag, "", "too_short", "must hold an operation");
    else if (node_count(root) > BATCH_MAX)
        diag_violation(diag, "", "too_many", "must hold at most %d operations",
                       BATCH_MAX);
    return diag_invalid(diag, ERR_VALIDATION);
}

/* Every fault is found; batch->at is the first operation that has one. */
static int read_all(struct batch *batch, const struct node *root)
{
    const struct diag *diag = &batch->request->diag;
    unsigned first = batch->count;

    for (batch->at = 0; batch->at < batch->count; batch->at++) {
        batch_read_operation(batch, node_item(root, batch->at));
        if (first == batch->count && diag->violation_count > 0)
            first = batch->at;
    }
    batch->at = first;
    return diag_invalid(&batch->request->diag, ERR_VALIDATION);
}

static int authorize_all(struct batch *batch)
{
    const struct process *process = service_of(batch->request)->process;
    int r = 0;

    for (batch->at = 0; batch->at < batch->count; batch->at++) {
        struct request *request = &batch->operations[batch->at].request;

        r = process->authorize(request);
        if (r < 0) {
            diag_move(&batch->request->diag, &request->diag);
            break;
        }
    }
    return r;
}

int batch_read(struct batch *batch, struct text body)
{
    struct request *request = batch->request;
    const struct node *root;
    int r;

    r = document_parse(body, &request->diag, &batch->document);
    if (r < 0)
        return r;
    root = document_root(batch->document);
    r = check_list(batch, root);
    if (r < 0)
        return r;
    batch->operations =
        ARENA_ARRAY(&request->arena, struct operation, node_count(root));
    if (!batch->operations)
        return REQUEST_FAIL(request, ERR_CONTENT_TOO_LARGE,
                            "the batch is too large");
    batch->count = (unsigned)node_count(root);
    r = read_all(batch, root);
    return r < 0 ? r : authorize_all(batch);
}
