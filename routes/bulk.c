/* SPDX-License-Identifier: MIT */
#include "routes/bulk.h"

#include "base/check.h"

static unsigned most(const struct service *service)
{
    struct pool_stats stats;
    unsigned part;

    pool_stats(nodes_primary(service->nodes), &stats);
    part = stats.max - stats.max / 4;
    return part == stats.max && part > 1 ? part - 1 : part;
}

int bulk_enter(struct request *request, struct service **ret_service)
{
    struct service *service = service_of(request);

    if (service->bulk_count >= most(service))
        return REQUEST_FAIL(request, ERR_OVERLOADED,
                            "too many exports and imports are in progress");
    service->bulk_count++;
    *ret_service = service;
    return 0;
}

void bulk_leave(struct service **service)
{
    if (!*service)
        return;
    CHECK((*service)->bulk_count > 0);
    (*service)->bulk_count--;
    *service = NULL;
}
