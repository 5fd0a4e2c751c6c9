/* SPDX-License-Identifier: MIT */
#include "app/refusal.h"

#include "routes/answer.h"

/* The {id} of the path, where that is one. */
static struct text object_of(const struct request *request)
{
    struct uuid id;

    for (size_t i = 0; i < request->match.param_count; i++)
        if (text_is(request->match.params[i].name, "id") &&
            uuid_parse(request->match.params[i].value, &id))
            return request->match.params[i].value;
    return TEXT_NULL;
}

void note_refusal(const struct request *request, int error)
{
    const struct service *service = service_of(request);
    const struct route *route = request->match.route;
    char address[IP_TEXT_BYTES];
    struct refused refused;

    ip_format(request->client, address);
    refused = (struct refused){
        .error = -error,
        .actor_id = request->caller ? request->caller->user_id : TEXT_NULL,
        .request_id = text_of(request->id),
        .route = text_of(route->path),
        .address = text_of(address),
        .method = method_name(request->method),
        .permission = route->permission,
        .resource_id = object_of(request),
    };

    audit_refusal(service->audit, &refused, loop_now_ns(service->loop));
}
