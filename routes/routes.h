/* SPDX-License-Identifier: MIT */
/* The table of all endpoints, made of routes.def, and their handlers. */
#pragma once

#include "http/route.h"

#define ROUTE(id, ...)  ROUTE_##id,
#define OPS(id, ...)    ROUTE_##id,
#define ADMIN(id, ...)  ROUTE_##id,
#define LOOKUP(id, ...) ROUTE_##id,
#define BULK(id, ...)   ROUTE_##id,
#define STREAM(id, ...) ROUTE_##id,
#define ASK(id, ...)    ROUTE_##id,
#define SEARCH(id, ...) ROUTE_##id,
enum route_id {
#include "routes/routes.def"
    ROUTE_COUNT
};
#undef ROUTE
#undef OPS
#undef ADMIN
#undef LOOKUP
#undef BULK
#undef STREAM
#undef ASK
#undef SEARCH

extern const struct route route_table[ROUTE_COUNT];

/* routes/operations.c */
YIELDS int livez(struct request *request, struct reply *reply);
YIELDS int readyz(struct request *request, struct reply *reply);
YIELDS int health(struct request *request, struct reply *reply);
YIELDS int metrics(struct request *request, struct reply *reply);

/* routes/documents.c: the embedded file the row is about */
YIELDS int embedded(struct request *request, struct reply *reply);
YIELDS int docs_page(struct request *request, struct reply *reply);
YIELDS int docs_viewer(struct request *request, struct reply *reply);

/* routes/problems.c */
YIELDS int problem_page(struct request *request, struct reply *reply);

/* routes/objects.c: the resource the row is about */
YIELDS int object_list(struct request *request, struct reply *reply);
YIELDS int object_get(struct request *request, struct reply *reply);
YIELDS int object_create(struct request *request, struct reply *reply);

/* routes/exports.c: the same; routes/imports.c */
YIELDS int object_export(struct request *request, struct reply *reply);
YIELDS int bill_import(struct request *request, struct reply *reply);

/* routes/changes.c: the same */
YIELDS int object_replace(struct request *request, struct reply *reply);
YIELDS int object_patch(struct request *request, struct reply *reply);
YIELDS int object_delete(struct request *request, struct reply *reply);
YIELDS int object_restore(struct request *request, struct reply *reply);

/* routes/batch.c: each operation asks for its own route's permission */
YIELDS int batch_perform(struct request *request, struct reply *reply);

/* routes/links.c: the relation the row is about */
YIELDS int link_list(struct request *request, struct reply *reply);
YIELDS int link_put(struct request *request, struct reply *reply);
YIELDS int link_delete(struct request *request, struct reply *reply);

/* routes/actions.c */
YIELDS int action_create(struct request *request, struct reply *reply);

/* routes/groups.c: the resource the row is about */
YIELDS int object_facets(struct request *request, struct reply *reply);
YIELDS int object_analytics(struct request *request, struct reply *reply);

/* routes/keys.c */
YIELDS int key_create(struct request *request, struct reply *reply);

/* routes/me.c */
YIELDS int me(struct request *request, struct reply *reply);

/* routes/rights.c */
YIELDS int user_rights(struct request *request, struct reply *reply);

/* routes/authzen*.c */
YIELDS int authzen_configuration(struct request *request, struct reply *reply);
YIELDS int authzen_evaluation(struct request *request, struct reply *reply);
YIELDS int authzen_evaluations(struct request *request, struct reply *reply);
YIELDS int authzen_search_subject(struct request *request, struct reply *reply);
YIELDS int authzen_search_resource(struct request *request,
                                   struct reply *reply);
YIELDS int authzen_search_action(struct request *request, struct reply *reply);
