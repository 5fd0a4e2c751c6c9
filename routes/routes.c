/* SPDX-License-Identifier: MIT */
#include "routes/routes.h"

#include "http/reply.h"
#include "store/relation.h"
#include "store/resource.h"

/* Without further words a route reads or writes, as its method says. */
enum {
    PRIORITY_OF_GET = PRIORITY_READ,
    PRIORITY_OF_POST = PRIORITY_WRITE,
    PRIORITY_OF_PUT = PRIORITY_WRITE,
    PRIORITY_OF_PATCH = PRIORITY_WRITE,
    PRIORITY_OF_DELETE = PRIORITY_WRITE,
};

/* The deadline that the setting request_timeout gives. */
enum { USUAL = 0 };

#define ROW(PRIORITY, SHARES, STREAMS, ECHOES, MOVES, ID, METHOD, PATH, \
            PERMISSION, HANDLER, ABOUT, ANSWERS, MS, SUMMARY)           \
    [ROUTE_##ID] = { .id = #ID,                                         \
                     .method = METHOD_##METHOD,                         \
                     .path = PATH,                                      \
                     .permission = PERMISSION,                          \
                     .handler = HANDLER,                                \
                     .subject = ABOUT,                                  \
                     .media = ANSWERS,                                  \
                     .deadline_ms = MS,                                 \
                     .priority = (enum priority)PRIORITY,               \
                     .shares_connection = SHARES,                       \
                     .streams = (int)PRIORITY == PRIORITY_BULK,         \
                     .streams_body = STREAMS,                           \
                     .echoes_id = ECHOES,                               \
                     .moves = MOVES,                                    \
                     .summary = SUMMARY },
#define ROUTE(ID, METHOD, ...)                                        \
    ROW(PRIORITY_OF_##METHOD, false, false, false, false, ID, METHOD, \
        __VA_ARGS__)
#define LOOKUP(...) ROW(PRIORITY_READ, true, false, false, false, __VA_ARGS__)
#define OPS(...) \
    ROW(PRIORITY_OPERATIONS, true, false, false, false, __VA_ARGS__)
#define ADMIN(...) \
    ROW(PRIORITY_OPERATIONS, true, false, false, true, __VA_ARGS__)
#define BULK(...)   ROW(PRIORITY_BULK, false, false, false, false, __VA_ARGS__)
#define STREAM(...) ROW(PRIORITY_BULK, false, true, false, false, __VA_ARGS__)
#define ASK(...)    ROW(PRIORITY_READ, true, false, true, false, __VA_ARGS__)
#define SEARCH(...) ROW(PRIORITY_READ, false, false, true, false, __VA_ARGS__)
const struct route route_table[ROUTE_COUNT] = {
#include "routes/routes.def"
};
#undef ROUTE
#undef LOOKUP
#undef OPS
#undef ADMIN
#undef BULK
#undef STREAM
#undef ASK
#undef SEARCH
