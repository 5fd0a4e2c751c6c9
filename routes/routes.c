/* SPDX-License-Identifier: MIT */
#include "routes/routes.h"

#include "http/reply.h"
#include "store/resource.h"

#define ROUTE(id, method, path, permission, handler, about, answers, ms, \
              summary)                                                   \
    [ROUTE_##id] = { #id,   METHOD_##method, path, permission, handler,  \
                     about, answers,         ms,   summary },
const struct route route_table[ROUTE_COUNT] = {
#include "routes/routes.def"
};
#undef ROUTE
