/* SPDX-License-Identifier: MIT */
#include "routes/answer.h"
#include "store/effective.h"

/* GET /v1/users/{id}/effective-permissions */
int user_rights(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct store store = store_of(request);
    struct uuid id;
    int r;

    r = request_uuid(request, "id", &id);
    if (r < 0)
        return r;
    r = request_parameters(request, NULL);
    if (r < 0)
        return r;
    buffer_init(&body, OBJECT_BYTES_MAX);
    r = effective_permissions(&store, id, request->until, &body,
                              &request->diag);
    return r < 0 ? r : reply_take(reply, CONTENT_JSON, &body);
}
