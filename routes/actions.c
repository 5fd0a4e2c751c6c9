/* SPDX-License-Identifier: MIT */
#include "routes/answer.h"
#include "routes/keyed.h"
#include "store/action.h"

static int append(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct store store = store_of(request);
    struct preferences preferences;
    struct values *values;
    struct uuid bill;
    struct text given;
    int r;

    r = request_uuid(request, "id", &bill);
    if (r < 0)
        return r;
    r = request_parameters(request, NULL);
    if (r < 0)
        return r;
    r = preferences_parse(request, PREFER_RETURN, &preferences);
    if (r < 0)
        return r;
    r = request_body(request, CONTENT_JSON, &given);
    if (r < 0)
        return r;
    r = shape_read(&bill_action_new, given, SHAPE_CREATE, &request->arena,
                   &request->diag, &values);
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
