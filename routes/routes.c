/* SPDX-License-Identifier: MIT */
#include "routes/routes.h"

#include "http/reply.h"
#include "store/relation.h"
#include "store/resource.h"

#define ROW(ID, METHOD, PATH, PERMISSION, HANDLER, ABOUT, ANSWERS, MS, \
            SUMMARY, STREAMS)                                          \
    [ROUTE_##ID] = { .id = #ID,                                        \
                     .method = METHOD_##METHOD,                        \
                     .path = PATH,                                     \
                     .permission = PERMISSION,                         \
                     .handler = HANDLER,                               \
                     .subject = ABOUT,                                 \
                     .media = ANSWERS,                                 \
                     .deadline_ms = MS,                                \
                     .streams_body = STREAMS,                          \
                     .summary = SUMMARY },
#define ROUTE(...)  ROW(__VA_ARGS__, false)
#define STREAM(...) ROW(__VA_ARGS__, true)
const struct route route_table[ROUTE_COUNT] = {
#include "routes/routes.def"
};
#undef ROUTE
#undef STREAM
