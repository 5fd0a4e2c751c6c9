/* SPDX-License-Identifier: MIT */
#include "routes/keyed.h"
#include "routes/wish.h"
#include "store/action.h"

static int append(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct store store = store_of(request);
    struct preferences preferences;
    struct values *values;
    struct uuid bill;
    int r;

    r = request_uuid(request, "id", &bill);
    if (r < 0)
        return r;
    r = wish_new(request, &bill_action_new, &preferences, &values);
    if (r < 0)
        return r;
    buffer_init_with(&body, OBJECT_BYTES_MAX, OBJECT_BYTES);
    r = action_append(&store, bill, values, request->until, &body,
                      &request->diag);
    if (r < 0)
        return r;
    return answer_preferred(reply, 201, &preferences, &body);
}

/* POST /v1/bills/{id}/actions */
int action_create(struct request *request, struct reply *reply)
{
    return answer_once(request, reply, append);
}
